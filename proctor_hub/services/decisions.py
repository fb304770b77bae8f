"""Decisions of people on our side: pass, fail, escalate, revert (domain §5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from proctor_hub.domain.decisions import outcome_of
from proctor_hub.domain.effects import escalation_event
from proctor_hub.domain.errors import IllegalMove, NotEntitled
from proctor_hub.domain.labels import label
from proctor_hub.domain.moves import Cause, allowed_moves
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import VERDICTS, AttemptStatus, DecisionKind, ReviewOwner, Role
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services import decision_rules, paging
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.attempts.vendors import declares, problem_of, vendor_for
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import refuse, text_problem
from proctor_hub.services.decision_rules import Decider
from proctor_hub.services.decision_words import DecisionWord, repeated
from proctor_hub.services.errors import VendorRefused
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.review_claims import ensure_unclaimed
from proctor_hub.services.reviews import label_of
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import decisions as store
from proctor_hub.storage.decisions import StoredDecision
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.deciding import DecisionOutcome
from proctor_hub.vendors.subjects import Capability

__all__ = ["Decided", "DecisionWord", "decide", "list_decisions"]

_MAX_REASON = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The attempt after a decision."""

    record: AttemptRecord
    kind: DecisionKind


def decide(
    hub: Hub,
    actor: Actor,
    code: str,
    word: DecisionWord,
    *,
    reason: str,
    seen_version: int | None = None,
) -> Decided:
    """Make a decision on an attempt.

    The host's own rules come first; the vendor's flow can only narrow them.

    :param reason: why, for the record; must not be empty.
    :param seen_version: the attempt's version as the person saw it; where it is another now, the
        very same decision sent twice is answered as if it were made now, any other one is refused.
    :raises Conflict: the attempt has changed since (``attempt_changed``).
    :raises NotEntitled: this person may not, at this stage. :raises IllegalMove: nobody may.
    :raises Conflict: somebody else has claimed the second review (``claimed_by_another``).
    :raises NotFound: no such attempt, or not the caller's to see.
    """
    wrong = text_problem(reason, longest=_MAX_REASON, empty=False)
    refuse({"reason": wrong} if wrong else {})

    def unit(conn: sa.Connection) -> Decided:
        record = visible(conn, actor, code, lock=True)
        hidden = ("attempt", code)
        roles = ensure(conn, actor, Permission.DECIDE, record.course_pk, hidden_as=hidden)
        if seen_version is not None and record.version != seen_version:
            return Decided(record=record, kind=repeated(conn, record, actor, word, reason))
        kind = _kind_of(word, record)
        role = decision_rules.deciding_role(roles, kind, record)
        if actor.person_pk is None:
            raise NotEntitled(noted("Only a person decides: get a person token for them."))
        ensure_unclaimed(hub, conn, record, actor.person_pk)
        decider = Decider(person_pk=actor.person_pk, role=role)
        outcome = _vendors_view(hub, record, kind, role)
        tr = Transition(hub, conn, record, actor=replace(actor, role=role))
        _apply(tr, decider, kind, outcome, reason)
        return Decided(record=tr.save(), kind=kind)

    return hub.database.write(unit)


def _kind_of(word: DecisionWord, record: AttemptRecord) -> DecisionKind:
    if word is not DecisionWord.REVERT:
        return DecisionKind(word)
    if record.status not in VERDICTS:
        allowed = allowed_moves(record.status, record.exam_type)
        raise IllegalMove(
            record.status, record.status, allowed, noted("there is no verdict to revert")
        )
    verified = record.status is AttemptStatus.VERIFIED
    return DecisionKind.FAIL if verified else DecisionKind.PASS


def _vendors_view(
    hub: Hub, record: AttemptRecord, kind: DecisionKind, role: Role
) -> DecisionOutcome:
    vendor = vendor_for(hub, record.vendor or "")
    request = decision_rules.request_of(record, kind, role)
    try:
        permission = vendor.authorize_decision(decision=request)
        if not permission.allowed:
            raise NotEntitled(permission.reason)
        outcome = vendor.apply_decision(decision=request)
    except (PluginError, VendorError) as error:
        raise problem_of(error) from error
    expected = outcome_of(kind, decision_rules.context_of(record)) or record.status
    if outcome.status is not expected:
        raise VendorRefused(
            told(
                "vendor %(vendor)s: its plugin answers “%(status)s” to “%(kind)s”; the "
                "domain knows only “%(expected)s”",
                vendor=record.vendor,
                status=label(outcome.status),
                kind=label(kind),
                expected=label(expected),
            )
        )
    return outcome


def _apply(
    tr: Transition, decider: Decider, kind: DecisionKind, outcome: DecisionOutcome, reason: str
) -> None:
    before = tr.record
    if kind is DecisionKind.ESCALATE:
        tr.note(Cause.DECISION, noted("escalated to the course team"))
        tr.set(review_owner=outcome.escalate_to or ReviewOwner.COURSE_TEAM)
        tr.event(escalation_event(), Cause.DECISION, from_status=before.status)
    else:
        tr.to(outcome.status, Cause.DECISION, reason, ignore_decision=True)
    decision_rules.record_decision(tr, decider, kind, from_status=before.status, reason=reason)
    if before.external_id and declares(tr.hub, before.vendor, Capability.DECISION_NOTICES):
        tr.notify_vendor("session_decided", kind=kind)
    tr.set(review_label=label_of(tr.hub, tr.record))


def list_decisions(
    hub: Hub,
    actor: Actor,
    code: str,
    *,
    newest_first: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[StoredDecision]:
    """Decisions on an attempt, oldest first unless asked otherwise, for staff that may see its
    reviews."""
    size, at = paging.limit_of(hub, limit), paging.place(cursor, newest_first=newest_first)
    with hub.database.read() as conn:
        record = visible(conn, actor, code)
        hidden = ("attempt", code)
        ensure(conn, actor, Permission.SEE_REVIEWS, record.course_pk, hidden_as=hidden)
        found = store.page(conn, record.id, at=at, newest_first=newest_first, count=size + 1)
    return paging.page(found, size, lambda one: [one.id])
