"""The cells of the reports as SQL expressions over ``attempts``, for each database (domain §8).

What ``proctor_hub.domain.report`` says in Python, said in SQL; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proctor_hub.domain.report import FORMULA_STARTS, neutralise
from proctor_hub.domain.words import AWAITING_REVIEW, AttemptStatus, ExamType, ReviewStatus

_CODES = sorted(map(ord, FORMULA_STARTS))
# Most cells begin with a letter, and one comparison rules them out.
_EXECUTED = f"{{0}} <= {_CODES[-1]} AND {{0}} IN ({', '.join(map(str, _CODES))})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _one_of(words: Iterable[str]) -> str:
    return "(" + ", ".join(sorted(_quoted(word) for word in words)) + ")"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells:
    """How one database writes what the two say differently; templates with ``{}``.

    ``code``: the code point a text begins with. ``moment``: a stored moment in ISO 8601.
    ``minute_part``: a number of minutes below 60 with two digits. ``present``: a text that may be
    empty, so that COPY does not quote it.
    """

    code: str
    moment: str
    minute_part: str
    present: str

    def text(self, column: str) -> str:
        """A text cell, neutralised where a spreadsheet would execute it."""
        executed = _EXECUTED.format(self.code.format(column))
        guarded = f"CASE WHEN {executed} THEN '''' || {column} ELSE {column} END"
        return self.present.format(guarded)

    def at(self, column: str) -> str:
        """A moment to the second, in UTC; empty where there is none."""
        return self.moment.format(column)

    def constant(self, text: str) -> str:
        """The same text in every row, neutralised."""
        return self.present.format(_quoted(neutralise(text)))


SQLITE = Cells(
    code="unicode({})",
    moment="substr({}, 1, 19) || 'Z'",
    minute_part="printf('%02d', {})",
    present="{}",
)

POSTGRESQL = Cells(
    code="ascii({})",
    moment="to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    minute_part="lpad(({})::text, 2, '0')",
    present="NULLIF({}, '')",
)

_MINUTES = "(allowed_seconds + 59) / 60"
_SAMPLE = (
    f"CASE WHEN exam_type IN {_one_of(t for t in ExamType if t.is_sample)} "
    "THEN 'true' ELSE 'false' END"
)


def _review_status(cells: Cells) -> str:
    """A person's decision, else the latest label, else whether one is awaited."""
    reviewed = _one_of(t for t in ExamType if t.is_reviewed)
    return (
        "CASE WHEN decided_role IS NOT NULL AND status = "
        f"{_quoted(AttemptStatus.VERIFIED)} THEN CASE WHEN incident_count > 0 "
        f"THEN {_quoted(ReviewStatus.VIOLATION.label)} ELSE {_quoted(ReviewStatus.PASSED.label)} "
        f"END WHEN decided_role IS NOT NULL AND status = {_quoted(AttemptStatus.REJECTED)} "
        f"THEN {_quoted(ReviewStatus.SUSPICIOUS.label)} "
        f"WHEN review_label <> '' THEN {cells.text('review_label')} "
        f"WHEN exam_type IN {reviewed} AND status IN {_one_of(AWAITING_REVIEW)} "
        f"THEN {_quoted(ReviewStatus.NOT_REVIEWED.label)} END"
    )


def result_cells(cells: Cells, course_id: str) -> tuple[str, ...]:
    """The fifteen cells of the results report.

    ``allowed_time_limit_mins`` is empty until the start fixes it (domain §7).
    """
    return (
        cells.constant(course_id),
        cells.text("exam_name"),
        cells.text("username"),
        cells.text("email"),
        cells.text("code"),
        _MINUTES,
        _SAMPLE,
        cells.at("started_at"),
        cells.at("completed_at"),
        "status",
        _review_status(cells),
        "suspicious_count",
        cells.text("suspicious_comments"),
        "violation_count",
        cells.text("violation_comments"),
    )


def legacy_cells(cells: Cells) -> tuple[str, ...]:
    """The thirteen cells of the older report; the user is named by e-mail without a username."""
    minutes = cells.minute_part.format(f"{_MINUTES} % 60")
    return (
        cells.at("created_at"),
        cells.at("updated_at"),
        cells.at("started_at"),
        cells.text("exam_name"),
        cells.text("COALESCE(NULLIF(username, ''), email)"),
        cells.at("completed_at"),
        cells.text("external_id"),
        f"({_MINUTES} / 60) || ':' || {minutes}",
        "replace(status, '_', ' ')",
        cells.text("code"),
        _SAMPLE,
        cells.at("last_poll_at"),
        cells.text("last_poll_ip"),
    )
