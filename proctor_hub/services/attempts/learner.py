"""What a learner does in an exam, or the LMS on the learner's behalf (domain §2, §3, §10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from proctor_hub.domain.errors import AnotherAttemptRunning, DomainError
from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import RUNNING, AttemptStatus
from proctor_hub.services.attempts import conclude, starting
from proctor_hub.services.attempts.create import ensure_acts_for
from proctor_hub.services.attempts.vendors import heartbeat_of
from proctor_hub.services.authorize import may_take
from proctor_hub.services.checks import TEXT_MAX, cleaned, storable
from proctor_hub.services.errors import Conflict, Forbidden, NotFound
from proctor_hub.services.hub import CLOCK, Actor, Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempts as store
from proctor_hub.storage.engine import violates
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.launching import OnLoss


class LearnerAction(StrEnum):
    """What a learner, or the exam page, can do with an attempt."""

    DOWNLOAD_CLICKED = "download_clicked"
    START = "start"
    FINISH = "finish"
    GO_BACK = "go_back"
    SUBMIT = "submit"
    PING = "ping"
    PROCTORING_LOST = "proctoring_lost"
    FAULT = "fault"


def act(
    hub: Hub,
    actor: Actor,
    code: str,
    action: LearnerAction,
    *,
    detail: str = "",
    source_address: str = "",
) -> AttemptRecord:
    """Do ``action``; the clock is enforced first, and what it did is kept even if this is refused.

    :param detail: what the exam page reported (fault, lost proctoring), for the history.
    :raises NotFound: no such attempt of this learner. :raises IllegalMove: not from here.
    :raises ReadinessLapsed, AnotherAttemptRunning, NoTimeLeft: see ``starting``.
    """

    def unit(conn: sa.Connection) -> tuple[AttemptRecord, DomainError | None]:
        record = own_attempt(conn, actor, code)
        tr = Transition(hub, conn, record, actor=actor)
        conclude.enforce_clock(hub, tr)
        tr.source_address = source_address
        problem = _ACTIONS[action](hub, tr, cleaned(detail, longest=TEXT_MAX))
        return tr.save(), problem

    if action is LearnerAction.START:
        _end_what_is_over(hub, code)
    try:
        record, problem = hub.database.write(unit)
    except IntegrityError as error:
        if violates(error, "uq_attempts_running"):
            raise _another_running(hub, code) from error
        raise
    except (DomainError, Conflict):
        settle_clock(hub, code)
        raise
    if problem is not None:
        raise problem
    return record


def own_attempt(
    conn: sa.Connection, actor: Actor, code: str, *, lock: bool = True
) -> AttemptRecord:
    """The attempt, if it is the learner's own (or the LMS asks); locked for a change.

    :raises NotFound: there is none, or it is somebody else's.
    """
    record = store.by_code(conn, code, lock=lock) if storable(code) else None
    if record is None:
        raise NotFound("attempt", code)
    try:
        ensure_acts_for(actor, record.learner_user_id)
    except Forbidden as error:
        raise NotFound("attempt", code) from error
    if actor.person_pk is not None and not may_take(actor, record.course_pk, record.person_pk):
        raise NotFound("attempt", code)
    return record


def _end_what_is_over(hub: Hub, code: str) -> None:
    """An exam of the learner's whose time is over, unseen, must not keep them out of this one.

    In a transaction of its own: one that held two attempts could wait for another that does.
    """
    with hub.database.read() as conn:
        record = store.by_code(conn, code) if storable(code) else None
        running = store.running_attempt(conn, record.person_pk) if record else None
    if running is not None and conclude.is_overdue(running, hub):
        settle_clock(hub, running.code)


def settle_clock(hub: Hub, code: str) -> AttemptRecord | None:
    """Time out or expire the attempt if its time is over, in a transaction of its own."""

    def unit(conn: sa.Connection) -> AttemptRecord | None:
        record = store.by_code(conn, code, lock=True)
        if record is None:
            return None
        tr = Transition(hub, conn, record, actor=CLOCK)
        conclude.enforce_clock(hub, tr)
        return tr.record

    return hub.database.write(unit)


Handler = Callable[[Hub, Transition, str], DomainError | None]


def _download_clicked(hub: Hub, tr: Transition, detail: str) -> None:
    tr.to(AttemptStatus.DOWNLOAD_SOFTWARE_CLICKED, Cause.LEARNER)


def _finish(hub: Hub, tr: Transition, detail: str) -> None:
    tr.to(AttemptStatus.READY_TO_SUBMIT, Cause.LEARNER)


def _go_back(hub: Hub, tr: Transition, detail: str) -> None:
    # ``started`` is reached from elsewhere only by the start action, which checks more.
    if tr.record.status is not AttemptStatus.READY_TO_SUBMIT:
        raise Conflict(
            told(
                "going back works from “%(from_status)s”; this attempt is “%(status)s”",
                from_status=label(AttemptStatus.READY_TO_SUBMIT),
                status=label(tr.record.status),
            ),
            code="illegal_move",
        )
    tr.to(AttemptStatus.STARTED, Cause.LEARNER)


def _submit(hub: Hub, tr: Transition, detail: str) -> None:
    conclude.complete(hub, tr, Cause.LEARNER)


def _ping(hub: Hub, tr: Transition, detail: str) -> None:
    if tr.record.live:
        tr.set(last_poll_at=tr.now, last_poll_ip=tr.source_address)


def _lost(hub: Hub, tr: Transition, detail: str) -> None:
    if tr.record.status not in RUNNING:
        tr.to(AttemptStatus.COMPLETED, Cause.LOST_PROCTORING)
    reason = detail or "the proctoring software stopped answering"
    if heartbeat_of(hub, tr.record.vendor).on_loss is OnLoss.ERROR:
        conclude.fail(hub, tr, Cause.FAULT_REPORT, reason)
    else:
        conclude.complete(hub, tr, Cause.LOST_PROCTORING, reason)


def _fault(hub: Hub, tr: Transition, detail: str) -> None:
    conclude.fail(hub, tr, Cause.FAULT_REPORT, detail or noted("the exam page reported a fault"))


_ACTIONS: Mapping[LearnerAction, Handler] = MappingProxyType(
    {
        LearnerAction.DOWNLOAD_CLICKED: _download_clicked,
        LearnerAction.START: starting.start,
        LearnerAction.FINISH: _finish,
        LearnerAction.GO_BACK: _go_back,
        LearnerAction.SUBMIT: _submit,
        LearnerAction.PING: _ping,
        LearnerAction.PROCTORING_LOST: _lost,
        LearnerAction.FAULT: _fault,
    }
)


def _another_running(hub: Hub, code: str) -> AnotherAttemptRunning:
    with hub.database.read() as conn:
        record = store.by_code(conn, code)
        running = store.running_attempt(conn, record.person_pk) if record else None
    return AnotherAttemptRunning(running.code if running else "")
