"""The Proctored Exam Results report: columns, cells and file name (domain §8). No I/O here."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

from proctor_hub.domain.words import (
    AWAITING_REVIEW,
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewStatus,
)

COLUMNS = (
    "course_id",
    "exam_name",
    "username",
    "email",
    "attempt_code",
    "allowed_time_limit_mins",
    "is_sample_attempt",
    "started_at",
    "completed_at",
    "status",
    "review_status",
    "Suspicious Count",
    "Suspicious Comments",
    "Rules Violation Count",
    "Rules Violation Comments",
)
"""The columns, exactly and in this order."""

LEGACY_COLUMNS = (
    "Created",
    "Modified",
    "Started At",
    "Exam Name",
    "User/Email",
    "Completed At",
    "External ID",
    "Allowed Time",
    "Status",
    "Attempt Code",
    "Is Sample Attempt",
    "Last Poll Time",
    "Last Poll IP Address",
)
"""The columns of the older report."""


class ReportKind(StrEnum):
    """Which report."""

    RESULTS = "results"
    LEGACY = "legacy"


class ReportStatus(StrEnum):
    """How far a report is.

    ``erased``: somebody in it was retired. ``expired``: it was kept as long as the settings say.
    """

    PENDING = "pending"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    ERASED = "erased"
    EXPIRED = "expired"


REPORTED_TYPES = frozenset({ExamType.PROCTORED, ExamType.PRACTICE, ExamType.ONBOARDING})
"""Exam types whose attempts, archived ones too, have a row."""

FORMULA_STARTS = frozenset("=+-@\t\r")
"""A cell that begins with one of these would be executed by a spreadsheet."""

_REFUSED_IN_FILE_NAMES = frozenset('/\\:*?"<>|')
_LONGEST_COURSE_PART = 150


def neutralise(cell: str) -> str:
    """The cell as text a spreadsheet will not execute: with ``'`` before a dangerous start."""
    return f"'{cell}" if cell[:1] in FORMULA_STARTS else cell


def iso(moment: datetime | None) -> str:
    """ISO 8601 in UTC, to the second, as ``2026-11-22T09:30:00Z``; empty for None.

    Raises ValueError for a naive date-time: nobody can say which moment it means.
    """
    if moment is None:
        return ""
    if moment.tzinfo is None:
        raise ValueError("a date-time without a time zone names no moment")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def file_name(course_id: str, at: datetime, kind: ReportKind = ReportKind.RESULTS) -> str:
    """``{course_id}_proctored_exam_results_report_{datetime}.csv``; ``legacy`` for the older one.

    Characters a file system refuses become ``_``; a very long course id is cut, so that the whole
    stays below the 255 bytes file systems allow.
    """
    safe = "".join(
        "_" if char in _REFUSED_IN_FILE_NAMES or not char.isprintable() else char
        for char in course_id
    )
    safe = safe.encode()[:_LONGEST_COURSE_PART].decode(errors="ignore")
    stamp = at.astimezone(UTC).strftime("%Y-%m-%d-%H%M%S")
    return f"{safe}_proctored_exam_{kind}_report_{stamp}.csv"


def report_review_status(
    status: AttemptStatus,
    exam_type: ExamType,
    *,
    latest_label: str | None = None,
    decision: DecisionKind | None = None,
    has_incidents: bool = False,
) -> str:
    """The ``review_status`` cell.

    ``latest_label``: of the latest revision, None where there is none. ``decision``: the standing
    pass or fail of a person, which sets the cell (an escalation does not). ``has_incidents``: in
    the latest revision. Without either: ``Not Reviewed`` while a review is awaited, else empty.
    """
    if decision is DecisionKind.PASS:
        return (ReviewStatus.VIOLATION if has_incidents else ReviewStatus.PASSED).label
    if decision is DecisionKind.FAIL:
        return ReviewStatus.SUSPICIOUS.label
    if latest_label is not None:
        return latest_label
    awaited = exam_type.is_reviewed and status in AWAITING_REVIEW
    return ReviewStatus.NOT_REVIEWED.label if awaited else ""


def legacy_status(status: AttemptStatus) -> str:
    """The status in the older report's spelling: with spaces."""
    return status.value.replace("_", " ")


def legacy_allowed_time(minutes: int | None) -> str:
    """Allowed minutes as ``h:mm``; empty where nothing was fixed yet."""
    return "" if minutes is None else f"{minutes // 60}:{minutes % 60:02d}"
