"""Looking at attempts. The clock is enforced on access, with the sweep's result (domain §3)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.timing import seconds_left, warning_thresholds
from proctor_hub.domain.words import RUNNING, UNFINISHED, AttemptStatus, ExamType
from proctor_hub.services import paging
from proctor_hub.services.attempts.conclude import enforce_clock, is_overdue
from proctor_hub.services.attempts.create import ensure_acts_for
from proctor_hub.services.authorize import Permission, ensure, may_know_attempt, may_take
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import CLOCK, Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempt_lists
from proctor_hub.storage import attempts as store
from proctor_hub.storage.attempt_lists import AttemptFilter
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.upsert import is_key


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLeft:
    """Seconds left of a running attempt, and when to warn (domain §7); server's time."""

    seconds: float
    low_threshold: int
    critical_threshold: int


def up_to_date(hub: Hub, record: AttemptRecord) -> AttemptRecord:
    """The attempt after the clock had its say: timed out or expired if its time is over."""
    if not is_overdue(record, hub):
        return record

    def unit(conn: sa.Connection) -> AttemptRecord:
        current = store.by_id(conn, record.id, lock=True)
        if current is None:
            raise NotFound("attempt", record.code)
        tr = Transition(hub, conn, current, actor=CLOCK)
        enforce_clock(hub, tr)
        return tr.record

    return hub.database.write(unit)


def get(hub: Hub, actor: Actor, code: str, *, source_address: str = "") -> AttemptRecord:
    """An attempt, for its learner, the LMS, or staff that may see the course's attempts.

    A learner's look at their own unfinished attempt is a status poll: when and from where is kept
    for the older report (domain §8).

    :raises NotFound: there is none, or it is not the caller's to see.
    """
    with hub.database.read() as conn:
        record = visible(conn, actor, code)
    record = up_to_date(hub, record)
    polls = actor.person_pk == record.person_pk and record.live and record.status in UNFINISHED
    if polls:
        now = hub.now()
        hub.database.write(lambda conn: store.note_poll(conn, record.id, now, source_address))
    return record


def visible(conn: sa.Connection, actor: Actor, code: str, *, lock: bool = False) -> AttemptRecord:
    """The attempt if ``actor`` may see it, else NotFound: nobody learns that it exists."""
    record = store.by_code(conn, code, lock=lock) if storable(code) else None
    if record is None:
        raise NotFound("attempt", code)
    if may_take(actor, record.course_pk, record.person_pk):
        return record
    if not may_know_attempt(conn, actor, record.course_pk, record.person_pk):
        raise NotFound("attempt", code)
    ensure(conn, actor, Permission.SEE_ATTEMPTS, record.course_pk)
    return record


def time_left(hub: Hub, record: AttemptRecord) -> TimeLeft | None:
    """The time left of a running attempt; None where no clock runs."""
    if record.status not in RUNNING or record.started_at is None or record.allowed_seconds is None:
        return None
    low, critical = warning_thresholds(record.allowed_seconds)
    left = seconds_left(record.started_at, record.allowed_seconds, now=hub.now())
    return TimeLeft(seconds=left, low_threshold=low, critical_threshold=critical)


def active(hub: Hub, actor: Actor, user_id: str) -> AttemptRecord | None:
    """The learner's running attempt over all exams, for the LMS's banner (domain §10)."""
    ensure_acts_for(actor, user_id)
    with hub.database.read() as conn:
        person_pk = attempt_lists.person_pk(conn, user_id) if storable(user_id) else None
        if person_pk is None:
            raise NotFound("learner", user_id)
        record = store.running_attempt(conn, person_pk)
    if record is None:
        return None
    current = up_to_date(hub, record)
    return current if current.status in RUNNING else None


def list_attempts(
    hub: Hub,
    actor: Actor,
    course_id: str,
    *,
    exam_pk: int | None = None,
    status: AttemptStatus | None = None,
    exam_type: ExamType | None = None,
    user_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[AttemptRecord]:
    """A course's attempts, archived ones too, newest first.

    :raises NotFound: no such course, or not the caller's to see.
    """
    size = paging.limit_of(hub, limit)
    before = paging.before_int(cursor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_ATTEMPTS, course_id)
        if not storable(user_id or "") or not (exam_pk is None or is_key(exam_pk)):
            return paging.page([], size, lambda record: [record.id])
        wanted = AttemptFilter(
            course_pk=course.id,
            exam_pk=exam_pk,
            status=status,
            exam_type=exam_type,
            user_id=user_id,
        )
        found = attempt_lists.newest_first(conn, wanted, before=before, count=size + 1)
    return paging.page(found, size, lambda record: [record.id])
