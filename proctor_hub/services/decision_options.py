"""Which decisions a person may make on an attempt now, and what would follow (domain §5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proctor_hub.domain.decisions import is_revert, may_decide, outcome_of
from proctor_hub.domain.effects import CreditStatus, Effect, MailKind, events_for, mail_for
from proctor_hub.domain.words import VERDICTS, AttemptStatus, DecisionKind, Role
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services import decision_rules
from proctor_hub.services.authorize import PERMISSIONS, Permission, roles_in
from proctor_hub.services.decision_words import DecisionWord
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage.records import AttemptRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """A decision that this person may make now, and what follows from it.

    :param to: the verdict; None for an escalation, which leaves the status as it is.
    :param effects: on the exam's grade. :param mail: to the learner; None: none is sent.
    """

    word: DecisionWord
    kind: DecisionKind
    to: AttemptStatus | None
    effects: tuple[Effect, ...] = ()
    credit: CreditStatus | None = None
    mail: MailKind | None = None


def options(hub: Hub, actor: Actor, record: AttemptRecord) -> tuple[Option, ...]:
    """The decisions offered to this person, in the order pass, fail, escalate; often none.

    The host's rules and the vendor's together, as ``decisions.decide`` will apply them. A verdict a
    person gave is turned around by ``revert``.
    """
    return options_of_many(hub, actor, [record])[record.id]


def options_of_many(
    hub: Hub, actor: Actor, records: Iterable[AttemptRecord]
) -> dict[int, tuple[Option, ...]]:
    """Attempt's key → :func:`options`, for the rows of a list."""
    listed = list(records)
    with hub.database.read() as conn:
        roles = {pk: roles_in(conn, actor, pk) for pk in {one.course_pk for one in listed}}
    return {one.id: _options(hub, actor, one, roles[one.course_pk]) for one in listed}


def _options(
    hub: Hub, actor: Actor, record: AttemptRecord, roles: frozenset[Role]
) -> tuple[Option, ...]:
    if actor.person_pk is None or not record.live or record.vendor is None:
        return ()
    entitled = sorted(role for role in roles if Permission.DECIDE in PERMISSIONS[role])
    found = []
    for kind in DecisionKind:
        context = decision_rules.context_of(record)
        role = next((one for one in entitled if may_decide(one, kind, context)), None)
        target = outcome_of(kind, context)
        standing = record.status in VERDICTS and target is record.status
        if role is not None and not standing and _vendor_allows(hub, record, kind, role):
            found.append(_option(hub, record, kind))
    return tuple(found)


def _vendor_allows(hub: Hub, record: AttemptRecord, kind: DecisionKind, role: Role) -> bool:
    try:
        vendor = hub.vendors.get(record.vendor or "")
        request = decision_rules.request_of(record, kind, role)
        return vendor.authorize_decision(decision=request).allowed
    except (PluginError, VendorError):
        # Without the vendor's word nothing is offered; its health is shown to operators.
        return False


def _option(hub: Hub, record: AttemptRecord, kind: DecisionKind) -> Option:
    context = decision_rules.context_of(record)
    target = outcome_of(kind, context)
    word = DecisionWord.REVERT if is_revert(kind, context) else DecisionWord(kind)
    if target is None:
        return Option(word=word, kind=kind, to=None)
    events = events_for(record.status, target, record.exam_type)
    return Option(
        word=word,
        kind=kind,
        to=target,
        effects=tuple(effect for event in events for effect in event.effects),
        credit=next((event.credit for event in events if event.credit), None),
        mail=mail_for(target, record.exam_type) if hub.mails else None,
    )
