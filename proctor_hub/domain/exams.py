"""Rules about courses and exams: type, vendor, track, opting out (domain §7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from proctor_hub.domain.errors import (
    ExamTypeFixed,
    ExamTypeNotSupported,
    InvalidExam,
    OptOutRefused,
    ProctoringOff,
    TrackNotEligible,
    VendorChangeRefused,
)
from proctor_hub.domain.labels import label, listed
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import UNSTARTED, AttemptStatus, ExamType, Track


def can_change_type(has_attempts: bool) -> bool:
    """True while no attempt, archived or not, exists at the exam."""
    return not has_attempts


def ensure_type_change(current: ExamType, wanted: ExamType, *, has_attempts: bool) -> None:
    """Raise :class:`ExamTypeFixed` where the type would change although an attempt exists."""
    if current is not wanted and not can_change_type(has_attempts):
        raise ExamTypeFixed(
            told(
                "This exam is of type “%(current)s” and has attempts, so it cannot become "
                "“%(wanted)s”. Create a new exam instead.",
                current=label(current),
                wanted=label(wanted),
            )
        )


def can_change_vendor(exam_types: Iterable[ExamType]) -> bool:
    """True while the course has no exam pinned to its vendor: none proctored, practice, onboarding.

    ``exam_types``: of the course's exams that are not retired. Timed exams pin nothing.
    """
    return not any(exam_type.needs_vendor for exam_type in exam_types)


def ensure_vendor_change(
    current: str | None, wanted: str | None, exam_types: Iterable[ExamType]
) -> None:
    """Raise :class:`VendorChangeRefused` for a plain change that a migration must make.

    ``current`` and ``wanted``: vendor slugs; the same again is no change.
    """
    if current is None or current == wanted or can_change_vendor(exam_types):
        return
    raise VendorChangeRefused(
        told(
            "This course already has exams with the vendor %(current)s; a "
            "plain change to %(wanted)s is not supported. Use the vendor "
            "migration, first as a dry run.",
            current=current,
            wanted=wanted or told("none"),
        )
    )


def ensure_creatable(
    exam_type: ExamType,
    *,
    proctoring_on: bool,
    vendor: str | None,
    supported: Collection[ExamType] = (),
) -> None:
    """Whether a course may have a new exam of this type; timed exams always may.

    ``supported``: the types its vendor declares. Raises :class:`ProctoringOff` or
    :class:`ExamTypeNotSupported`.
    """
    if not exam_type.needs_vendor:
        return
    if not proctoring_on:
        raise ProctoringOff(
            told(
                "Proctoring is off for this course, so it cannot have an exam of "
                "type “%(exam_type)s”. Turn it on and choose a vendor.",
                exam_type=label(exam_type),
            )
        )
    if vendor is None:
        raise ProctoringOff(
            told(
                "This course has no vendor yet, so it cannot have an exam of type "
                "“%(exam_type)s”. Choose one.",
                exam_type=label(exam_type),
            )
        )
    if exam_type not in supported:
        raise ExamTypeNotSupported(
            told(
                "The vendor %(vendor)s does not support exams of type “%(exam_type)s”; it "
                "supports: %(supported)s.",
                vendor=vendor,
                exam_type=label(exam_type),
                supported=listed(sorted(supported)) if supported else told("none"),
            )
        )


def ensure_time_limit(exam_type: ExamType, limit_minutes: int | None) -> None:
    """Every exam the hub knows is timed, proctored ones always: raise :class:`InvalidExam`."""
    if limit_minutes is None or limit_minutes <= 0:
        raise InvalidExam(
            told(
                "An exam of type “%(exam_type)s” needs a time limit of at least one minute.",
                exam_type=label(exam_type),
            )
        )


def ensure_escalation_email(email: str | None, *, vendor: str, demanded: bool) -> None:
    """Raise :class:`InvalidExam` where the vendor demands an escalation e-mail and none is set."""
    if demanded and not (email or "").strip():
        raise InvalidExam(
            told(
                "The vendor %(vendor)s demands an escalation e-mail for the course.", vendor=vendor
            )
        )


def ensure_dates(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Raise :class:`InvalidExam` where a course would end before it starts."""
    if starts_at is not None and ends_at is not None and ends_at <= starts_at:
        raise InvalidExam(noted("The course end must be after its start."))


def ensure_track(exam_type: ExamType, track: Track | None) -> None:
    """Raise :class:`TrackNotEligible` unless a learner of this track may take the exam.

    ``track``: in the exam's course, None where not enrolled. Practice and timed are for all.
    """
    if exam_type.needs_verified_track and track is not Track.VERIFIED:
        raise TrackNotEligible(exam_type, track)


def ensure_opt_out(
    exam_type: ExamType, *, allowed: bool, status: AttemptStatus | None = None
) -> None:
    """Whether the learner may decline proctoring: raise :class:`OptOutRefused`.

    ``allowed``: the course's allow-opt-out (default no). ``status``: of the live attempt, None
    where there is none yet; it must not have started.
    """
    if exam_type is not ExamType.PROCTORED:
        raise OptOutRefused(
            told(
                "Only proctored exams can be declined; this one is of type “%(exam_type)s”.",
                exam_type=label(exam_type),
            )
        )
    if not allowed:
        raise OptOutRefused(
            noted("This course does not allow taking its exams without proctoring.")
        )
    if status is not None and status not in UNSTARTED:
        raise OptOutRefused(
            told(
                "This attempt is already “%(status)s”; opting out comes before the start.",
                status=label(status),
            )
        )


def cascades_to(exam_type: ExamType, *, has_live_attempt: bool) -> bool:
    """True for an exam that the opt-out cascade declines: proctored and not attempted yet."""
    return exam_type is ExamType.PROCTORED and not has_live_attempt
