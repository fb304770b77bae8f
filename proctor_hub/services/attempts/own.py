"""A learner's own exams: the list, and one exam with all that decides what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import (
    AWAITING_REVIEW,
    ONBOARDING_REFUSALS,
    RUNNING,
    UNFINISHED,
    AttemptStatus,
    ExamType,
    OnboardingStatus,
    Role,
)
from proctor_hub.services import paging
from proctor_hub.services.attempts.create import finished_before_migration
from proctor_hub.services.attempts.reading import up_to_date
from proctor_hub.services.attempts.vendors import description_of
from proctor_hub.services.authorize import may_take
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import attempts as store
from proctor_hub.storage import courses, creation, history, own_exams, profiles
from proctor_hub.storage.courses import Course
from proctor_hub.storage.creation import CreationFacts
from proctor_hub.storage.own_exams import OwnExamRow
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.upsert import is_key
from proctor_hub.vendors.subjects import Capability, VendorDescription

_LOOKED_EVERY = timedelta(seconds=30)
_JUST_ENDED = AWAITING_REVIEW | {AttemptStatus.ERROR}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnExam:
    """One exam of one learner, as of now.

    :param record: their live attempt, if there is one. :param vendor: what the exam's vendor
        declares; None for a timed exam, and while its plugin is broken.
    :param profile: the learner's onboarding with that vendor, while it decides what they can do
        here: before the exam begins, where it was refused, and for onboarding itself; else None.
    :param onboarding_exam: the course's onboarding exam with that vendor, likewise.
    :param ended_by: why the learner's part of it ended, while that is news to them.
    :param running: another attempt of the learner whose clock runs.
    :param taken_before: they finished the exam that this one replaced.
    """

    facts: CreationFacts
    course: Course
    record: AttemptRecord | None
    vendor: VendorDescription | None
    profile: OnboardingStatus | None
    onboarding_exam: int | None
    ended_by: Cause | None
    running: AttemptRecord | None
    taken_before: bool


def own_exams_page(
    hub: Hub, actor: Actor, *, cursor: str | None = None, limit: int | None = None
) -> paging.Page[OwnExamRow]:
    """The exams of the courses the person is enrolled in, within what they signed in for."""
    count = paging.limit_of(hub, limit)
    after = (0, 0) if cursor is None else paging.decode(cursor, int, int)
    learns = actor.only is None or Role.LEARNER in actor.only
    if actor.person_pk is None or not learns:
        return paging.Page(items=())
    with hub.database.read() as conn:
        found = own_exams.page(
            conn,
            actor.person_pk,
            course_pk=actor.course_pk,
            after=(int(after[0]), int(after[1])),
            count=count + 1,
        )
    return paging.page(found, count, lambda row: [row.course_pk, row.exam_pk])


def own_exam(hub: Hub, actor: Actor, exam_pk: int) -> OwnExam:
    """An exam of the person who asks, after the clock had its say.

    :raises NotFound: there is none, or it is not theirs to take.
    """
    if actor.person_pk is None:
        raise NotFound("exam", str(exam_pk))
    found = exam_of(hub, actor.person_pk, exam_pk)
    if not may_take(actor, found.course.id, found.facts.person_pk):
        raise NotFound("exam", str(exam_pk))
    return found


def own_live(hub: Hub, actor: Actor, exam_pk: int) -> AttemptRecord | None:
    """Their live attempt at an exam, after the clock had its say; None: there is none.

    One statement where there is one, for pages that ask again and again while an exam runs.

    :raises NotFound: as of :func:`own_exam`.
    """
    record = None
    if actor.person_pk is not None and is_key(exam_pk):
        with hub.database.read() as conn:
            record = store.live_attempt(conn, exam_pk, actor.person_pk)
    if record is None:
        return own_exam(hub, actor, exam_pk).record
    if not may_take(actor, record.course_pk, record.person_pk):
        raise NotFound("exam", str(exam_pk))
    return up_to_date(hub, record)


def exam_of(hub: Hub, person_pk: int, exam_pk: int) -> OwnExam:
    """An exam of a learner. The caller has checked who may see it.

    :raises NotFound: no such exam of a course they are enrolled in, or have an attempt in.
    """
    with hub.database.read() as conn:
        found = _read(hub, conn, person_pk, exam_pk)
    if found.record is None:
        return found
    current = up_to_date(hub, found.record)
    if current is found.record:
        return found
    with hub.database.read() as conn:
        return _read(hub, conn, person_pk, exam_pk)


def note_look(hub: Hub, record: AttemptRecord, source_address: str) -> None:
    """The learner looked at their unfinished attempt: when and from where is kept for the older
    report (domain §8), at most twice a minute."""
    now = hub.now()
    if not record.live or record.status not in UNFINISHED:
        return
    if record.last_poll_at is None or now - record.last_poll_at >= _LOOKED_EVERY:
        hub.database.write(lambda conn: store.note_poll(conn, record.id, now, source_address))


def _read(hub: Hub, conn: sa.Connection, person_pk: int, exam_pk: int) -> OwnExam:
    facts = creation.facts_by_key(conn, exam_pk, person_pk) if is_key(exam_pk) else None
    if facts is None:
        raise NotFound("exam", str(exam_pk))
    course = courses.by_id(conn, facts.course_pk)
    record = store.live_attempt(conn, exam_pk, person_pk)
    if course is None or (facts.track is None and record is None):
        raise NotFound("exam", str(exam_pk))
    slug = facts.vendor if facts.exam_type.needs_vendor else None
    description = description_of(hub, slug)
    onboards = description is not None and Capability.ONBOARDING in description.capabilities
    profile, onboarding = None, None
    if slug is not None and onboards and _asks_for_onboarding(record):
        profile = profiles.effective(conn, person_pk, slug, hub.now())
        if facts.exam_type is ExamType.PROCTORED:
            onboarding = own_exams.onboarding_exam(conn, course.id, slug)
    mine = record is not None and record.status in RUNNING  # then no other one can be
    return OwnExam(
        facts=facts,
        course=course,
        record=record,
        vendor=description,
        profile=profile,
        onboarding_exam=onboarding,
        ended_by=_ended_by(conn, record),
        running=None if mine else store.running_attempt(conn, person_pk),
        taken_before=record is None and finished_before_migration(conn, facts),
    )


def _asks_for_onboarding(record: AttemptRecord | None) -> bool:
    if record is None:
        return True
    return record.exam_type is ExamType.ONBOARDING or record.status in ONBOARDING_REFUSALS


def _ended_by(conn: sa.Connection, record: AttemptRecord | None) -> Cause | None:
    if record is None or record.status not in _JUST_ENDED:
        return None
    return history.ended_by(conn, record.id)
