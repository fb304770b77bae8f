"""The moves of domain §3, copied by hand from the document: nothing here comes from the code.

Statuses, causes and exam types are plain words, as they are stored.
"""

from __future__ import annotations

REFUSALS = (
    "onboarding_missing",
    "onboarding_pending",
    "onboarding_failed",
    "onboarding_expired",
)
UNSTARTED = ("created", "download_software_clicked", "ready_to_start", *REFUSALS)
RUNNING = ("started", "ready_to_submit")
STOPPED = ("completed", "timed_out")
VERDICTS = ("verified", "rejected")

VENDOR = ("proctored", "practice", "onboarding")
REVIEWED = ("proctored", "onboarding")
PROCTORED = ("proctored",)
TIMED = ("timed",)
ALL = (*VENDOR, *TIMED)

Row = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]

# (from, to, by, exam types)
ROWS: tuple[Row, ...] = (
    (("created",), ("download_software_clicked",), ("learner", "vendor"), VENDOR),
    (("created",), REFUSALS, ("vendor",), VENDOR),
    (REFUSALS, ("created",), ("learner",), VENDOR),
    (("created", "download_software_clicked"), ("ready_to_start",), ("vendor",), VENDOR),
    (("ready_to_start",), ("started",), ("learner",), VENDOR),
    (("created",), ("started",), ("learner",), TIMED),
    (("started",), ("ready_to_submit",), ("learner",), ALL),
    (("ready_to_submit",), ("started",), ("learner",), ALL),
    (RUNNING, ("completed",), ("learner",), ALL),
    (RUNNING, ("completed",), ("lost_proctoring", "reentry"), VENDOR),
    (RUNNING, ("timed_out",), ("clock", "course_end"), ALL),
    (STOPPED, ("submitted",), ("stop_accepted",), ALL),
    # a review for a stopped attempt is itself the confirmation (§4)
    (STOPPED, ("submitted",), ("review",), REVIEWED),
    (("submitted",), VERDICTS, ("review",), REVIEWED),
    # a failing onboarding review goes straight to rejected (§6)
    (("submitted",), ("second_review_required",), ("review",), PROCTORED),
    (("second_review_required",), VERDICTS, ("decision", "review"), PROCTORED),
    (VERDICTS, ("second_review_required",), ("review",), PROCTORED),
    (("verified",), ("rejected",), ("decision", "review"), REVIEWED),
    (("rejected",), ("verified",), ("decision", "review"), REVIEWED),
    (UNSTARTED, ("declined",), ("opt_out",), PROCTORED),
    (UNSTARTED, ("expired",), ("due", "course_end"), ALL),
    (
        ("created", "download_software_clicked", "ready_to_start", *RUNNING, *STOPPED),
        ("error",),
        ("vendor", "staff", "fault_report"),
        VENDOR,
    ),
    # ``submitted`` is final for timed and practice attempts
    (("submitted",), ("error",), ("vendor", "staff", "fault_report"), REVIEWED),
    (("error",), VERDICTS, ("decision",), REVIEWED),
)

LEGAL = frozenset(
    (source, target, cause, kind)
    for sources, targets, causes, kinds in ROWS
    for source in sources
    for target in targets
    for cause in causes
    for kind in kinds
)
"""Every legal (from, to, by, exam type)."""

CREDIT = {
    "submitted": "submitted",
    "second_review_required": "submitted",
    "verified": "satisfied",
    "rejected": "failed",
    "error": "failed",
    "declined": "declined",
}
"""What a status makes of the credit requirement of a proctored exam (§9)."""


def may_begin(status: str, cause: str, exam_type: str) -> bool:
    """Whether an attempt may begin so: created, or declined by the opt-out cascade (§3)."""
    if status == "declined":
        return cause == "opt_out" and exam_type == "proctored"
    return status == "created" and cause in ("learner", "staff")
