"""What a vendor migration would do to a course: worked out alike for dry run and execution (§7)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import sqlalchemy as sa

from proctor_hub.domain.errors import ExamTypeNotSupported
from proctor_hub.domain.exams import ensure_escalation_email
from proctor_hub.domain.told import told
from proctor_hub.domain.words import RUNNING, UNSTARTED, ExamType
from proctor_hub.services.errors import Conflict, VendorDown
from proctor_hub.services.hub import Hub
from proctor_hub.services.vendors import known_rules
from proctor_hub.storage import allowances, exams, migration, onboarding
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.subjects import Capability, RulesKind


class ExamAction(StrEnum):
    """What becomes of an exam."""

    RECREATED = "recreated"
    EXCHANGED = "exchanged"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamEffect:
    """What the migration does to one exam. The exam itself is retired in any case.

    :param new_type: of the exam that replaces it; None: it is dropped.
    :param rules_lost: binary rules the new vendor has no counterpart of.
    :param custom_rules_lost: it had free-text rules, and the new vendor takes none.
    :param archived: ids of unstarted live attempts that are archived.
    :param running: attempts that finish with the old vendor.
    :param finished: live finished attempts; their learners are not offered the new exam.
    :param allowances: how many are copied.
    """

    exam_pk: int
    content_id: str
    name: str
    exam_type: ExamType
    action: ExamAction
    new_type: ExamType | None
    rules_lost: tuple[str, ...]
    custom_rules_lost: bool
    archived: tuple[int, ...]
    running: int
    finished: int
    allowances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationPlan:
    """The dry run of a migration.

    :param learners_to_onboard: how many need a valid profile with the new vendor.
    :param digest: give it to the execution, which refuses if the plan is another by then.
    """

    course_id: str
    from_vendor: str | None
    to_vendor: str
    exams: tuple[ExamEffect, ...]
    learners_to_onboard: int
    digest: str = ""


def make_plan(
    hub: Hub,
    conn: sa.Connection,
    course: Course,
    affected: Sequence[Exam],
    vendor: Vendor,
) -> MigrationPlan:
    """The plan as the database stands; calls no vendor.

    :raises ExamTypeNotSupported: the new vendor does no proctored exams.
    :raises Conflict: the course has this vendor already. :raises InvalidExam: no escalation e-mail.
    :raises VendorDown: the new vendor's rules are not known, and exams have rules to map.
    """
    if course.vendor == vendor.slug and not affected:
        raise Conflict(
            told("This course already has the vendor %(slug)s.", slug=vendor.slug),
            code="same_vendor",
        )
    ensure_escalation_email(
        course.escalation_email,
        vendor=vendor.slug,
        demanded=vendor.description.needs_escalation_email,
    )
    catalogue = known_rules(hub, vendor.slug)
    plan = MigrationPlan(
        course_id=course.course_id,
        from_vendor=course.vendor,
        to_vendor=vendor.slug,
        exams=tuple(_effect(conn, exam, vendor, catalogue) for exam in affected),
        learners_to_onboard=_to_onboard(hub, conn, course, affected, vendor),
    )
    return replace(plan, digest=_digest(plan))


def affected_exams(
    conn: sa.Connection, course: Course, new_vendor: str, *, lock: bool = False
) -> list[Exam]:
    """The course's exams that are pinned to another vendor, retired ones left out."""
    found = exams.current(conn, course.id, lock=lock)
    return [exam for exam in found if exam.vendor is not None and exam.vendor != new_vendor]


def proctored(found: Sequence[Exam]) -> list[int]:
    """Ids of the proctored ones: those that ask for an onboarding profile."""
    return [exam.id for exam in found if exam.exam_type is ExamType.PROCTORED]


def mapped_rules(
    exam: Exam, vendor: Vendor, catalogue: Mapping[str, str] | None
) -> dict[str, bool]:
    """The exam's binary rules that the new vendor has, too, under the same keys."""
    if vendor.description.rules_kind is not RulesKind.BINARY or not exam.rules:
        return {}
    if catalogue is None:
        raise VendorDown(
            told(
                "The vendor %(slug)s does not tell its rules just now, so it is "
                "not known which of the exams' rules it has; try again.",
                slug=vendor.slug,
            )
        )
    return {key: value for key, value in exam.rules.items() if key in catalogue}


def _effect(
    conn: sa.Connection, exam: Exam, vendor: Vendor, catalogue: Mapping[str, str] | None
) -> ExamEffect:
    new_type = _new_type(exam.exam_type, vendor)
    action = ExamAction.DROPPED
    lost: set[str] = set()
    if new_type is not None:
        action = ExamAction.RECREATED if new_type is exam.exam_type else ExamAction.EXCHANGED
        lost = set(exam.rules) - set(mapped_rules(exam, vendor, catalogue))
    live = migration.live_statuses(conn, exam.id)
    archived = tuple(pk for pk, status in live if status in UNSTARTED)
    running = sum(status in RUNNING for _, status in live)
    free_text = vendor.description.rules_kind is RulesKind.FREE_TEXT
    return ExamEffect(
        exam_pk=exam.id,
        content_id=exam.content_id,
        name=exam.name,
        exam_type=exam.exam_type,
        action=action,
        new_type=new_type,
        rules_lost=tuple(sorted(lost)),
        custom_rules_lost=bool(new_type and exam.custom_rules and not free_text),
        archived=archived,
        running=running,
        finished=len(live) - len(archived) - running,
        allowances=allowances.count_of(conn, exam.id) if new_type else 0,
    )


def _new_type(exam_type: ExamType, vendor: Vendor) -> ExamType | None:
    """The same type where the new vendor does it; practice and onboarding stand for each other.

    Both come before the first exam (domain §6), so the one that the new vendor has takes the
    other's place; a vendor with neither has the exam dropped.
    """
    supported = vendor.description.exam_types
    if exam_type in supported:
        return exam_type
    if exam_type is ExamType.PROCTORED:
        raise ExamTypeNotSupported(
            told(
                "The vendor %(slug)s does not support proctored exams, and this course has some.",
                slug=vendor.slug,
            )
        )
    other = ExamType.ONBOARDING if exam_type is ExamType.PRACTICE else ExamType.PRACTICE
    return other if other in supported else None


def _to_onboard(
    hub: Hub, conn: sa.Connection, course: Course, affected: Sequence[Exam], vendor: Vendor
) -> int:
    wanted = proctored(affected)
    if not wanted or not vendor.can(Capability.ONBOARDING):
        return 0
    return onboarding.count_without_profile(
        conn, course.id, vendor.slug, hub.now(), exam_pks=wanted
    )


def _digest(plan: MigrationPlan) -> str:
    """Of all that the execution does. What merely runs on or is finished may go on meanwhile."""
    data = asdict(plan)
    for name in ("digest", "learners_to_onboard"):
        del data[name]
    for exam in data["exams"]:
        del exam["running"], exam["finished"]
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
