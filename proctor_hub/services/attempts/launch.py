"""The way into the session: registered if it is not yet, and the vendor's launch plan."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import ONBOARDING_REFUSALS, UNSTARTED, AttemptStatus
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.attempts import registration, vendor_view
from proctor_hub.services.attempts.learner import own_attempt
from proctor_hub.services.attempts.reading import up_to_date
from proctor_hub.services.attempts.vendors import patience, problem_of, vendor_for
from proctor_hub.services.errors import Conflict
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import Transition
from proctor_hub.storage.people import pseudonym_for
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.launching import LaunchPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """Where the learner goes next; ``plan`` None for a timed exam and after a refusal."""

    record: AttemptRecord
    plan: LaunchPlan | None = None


def launch(hub: Hub, actor: Actor, code: str, language: str) -> Launch:
    """How the learner gets into the session of an attempt that has not started.

    Registers it where the vendor was down before, and tries again after an onboarding refusal.

    :raises VendorDown: the vendor does not answer; the attempt is kept, trying again is safe.
    :raises Conflict: the attempt has started or ended already.
    """
    record = _own_up_to_date(hub, actor, code)
    if record.status not in UNSTARTED or not record.live:
        raise _not_launchable(record)
    if record.vendor is None:
        return Launch(record=record)
    vendor = vendor_for(hub, record.vendor)
    try:
        with patience(hub):
            if record.external_id is None:
                record = _register(hub, actor, record)
                if record.status not in UNSTARTED or not record.live:
                    # It ended while the vendor answered; the session was taken back.
                    raise _not_launchable(record)
            if record.external_id is None:
                return Launch(record=record)
            plan = vendor.launch_session(
                exam=vendor_view.exam_of(record),
                attempt=vendor_view.attempt_of(hub, record),
                language=language,
            )
    except (VendorError, PluginError) as error:
        raise problem_of(error) from error
    return Launch(record=record, plan=plan)


def _not_launchable(record: AttemptRecord) -> Conflict:
    return Conflict(
        told(
            "a launch plan exists before the start; this attempt is “%(status)s”",
            status=label(record.status) if record.live else told("archived"),
        ),
        code="not_launchable",
    )


def _own_up_to_date(hub: Hub, actor: Actor, code: str) -> AttemptRecord:
    with hub.database.read() as conn:
        record = own_attempt(conn, actor, code, lock=False)
    return up_to_date(hub, record)


def _register(hub: Hub, actor: Actor, record: AttemptRecord) -> AttemptRecord:
    def unit(conn: sa.Connection) -> tuple[AttemptRecord, str]:
        current = own_attempt(conn, actor, record.code)
        if not current.live or current.status not in UNSTARTED:
            raise _not_launchable(current)
        if current.status in ONBOARDING_REFUSALS:
            tr = Transition(hub, conn, current, actor=actor)
            tr.to(AttemptStatus.CREATED, Cause.LEARNER, noted("the learner tries again"))
            current = tr.save()
        return current, pseudonym_for(conn, current.person_pk, current.vendor or "")

    current, pseudonym = hub.database.write(unit)
    if current.external_id is not None:
        return current
    return registration.register(hub, current, pseudonym)
