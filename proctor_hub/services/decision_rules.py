"""What pages and callbacks share about decisions: who is entitled, and the record of one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from proctor_hub import metrics
from proctor_hub.domain.decisions import DecisionContext, counts_as_decision, ensure_may_decide
from proctor_hub.domain.errors import NotEntitled
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus, DecisionKind, Role
from proctor_hub.services.transitions import Transition, observed
from proctor_hub.storage import decisions as store
from proctor_hub.storage.engine import after_commit
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.deciding import DecisionRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """An entitled person and the role they decide in."""

    person_pk: int
    role: Role


def context_of(record: AttemptRecord) -> DecisionContext:
    """The attempt as the domain's rules on decisions see it."""
    return DecisionContext(
        status=record.status,
        exam_type=record.exam_type,
        review_owner=record.review_owner,
        live=record.live,
        decided_role=record.decided_role,
    )


def deciding_role(roles: frozenset[Role], kind: DecisionKind, record: AttemptRecord) -> Role:
    """The role of the person's that may do it.

    :raises NotEntitled: none of them may; says why the last one may not. :raises IllegalMove:
        nobody may.
    """
    refusal: Exception | None = None
    for role in sorted(roles):
        try:
            ensure_may_decide(role, kind, context_of(record))
        except NotEntitled as error:
            refusal = error
        else:
            return role
    raise refusal or NotEntitled(noted("You decide nothing about learners' exams."))


def request_of(
    record: AttemptRecord, kind: DecisionKind, role: Role, *, in_vendor_dashboard: bool = False
) -> DecisionRequest:
    """The decision as the vendor's plugin is asked about it."""
    return DecisionRequest(
        kind=kind,
        role=role,
        exam_type=record.exam_type,
        attempt_status=record.status,
        owner=record.review_owner,
        in_vendor_dashboard=in_vendor_dashboard,
    )


def named_decider(tr: Transition, reviewed_by: str | None, kind: DecisionKind) -> Decider | None:
    """Who ``reviewed_by`` is, if that person may decide this from the vendor's dashboard (§5).

    Matched case-insensitively to the course's team; the vendor's flow must allow it, too.
    """
    record = tr.record
    if not reviewed_by or record.vendor is None:
        return None
    person_pk = store.team_member(tr.conn, record.course_pk, reviewed_by.strip())
    context = context_of(record)
    if person_pk is None or not counts_as_decision(context, on_course_team=True):
        return None
    vendor = tr.hub.vendors.get(record.vendor)
    request = request_of(record, kind, Role.COURSE_TEAM, in_vendor_dashboard=True)
    if not vendor.authorize_decision(decision=request).allowed:
        return None
    return Decider(person_pk=person_pk, role=Role.COURSE_TEAM)


def record_decision(
    tr: Transition,
    decider: Decider,
    kind: DecisionKind,
    *,
    from_status: AttemptStatus,
    reason: str,
    review_pk: int | None = None,
) -> None:
    """Write the decision next to the attempt it changes, and what it replaced."""
    record = tr.record
    store.insert(
        tr.conn,
        {
            "attempt_pk": record.id,
            "kind": kind,
            "role": decider.role,
            "person_pk": decider.person_pk,
            "decided_at": tr.now,
            "reason": reason,
            "from_status": from_status,
            "to_status": record.status,
            "replaces_pk": store.latest(tr.conn, record.id),
            "review_pk": review_pk,
        },
    )
    if kind is not DecisionKind.ESCALATE:
        tr.set(decided_role=decider.role, flagged=False)
    event = replace(observed(record, from_status, Cause.DECISION, tr.now), to_status=record.status)
    after_commit(tr.conn, partial(tr.hub.observers.decision_made, event))
    after_commit(tr.conn, partial(metrics.decided, kind, decider.role))
