"""Retiring a learner: erased here in one transaction, and at every vendor that knew them.

Statuses and counts survive; names, addresses, texts, videos and raw callbacks do not. Live
attempts are archived, which is what keeps the promise that nobody hears of the learner again: no
event, no e-mail, no queue (domain §3, §8). How far the vendors are is
:mod:`proctor_hub.services.retirement_ledger`'s to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from proctor_hub.errors import ConfigurationError
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.callbacks import erasing as calls
from proctor_hub.services.checks import storable
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.mentions import Mentions, Names
from proctor_hub.services.reports import erase_reports_of
from proctor_hub.services.retired import retired_ids
from proctor_hub.services.retirement_ledger import retirement_of
from proctor_hub.services.transitions import vendor_destination
from proctor_hub.storage import audit, erasing, forgetting, people, reports, review_claims, visits
from proctor_hub.storage import retirement as store
from proctor_hub.storage.forgetting import AnswerKey, KeptAnswer
from proctor_hub.storage.people import Person
from proctor_hub.storage.retirement import Retirement

_ANSWERS = "idempotency"
_MARGIN = timedelta(minutes=10)
"""What a call or request can be under way: what is younger is read again within the transaction."""

_log = structlog.get_logger("proctor_hub.retirement")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What names the person, as read before the transaction; younger things are read again there.

    :param calls: callbacks of no attempt. :param calls_from: those over this id are read again.
    :param answers: stored answers, those of requests that still ran included.
    """

    since: datetime
    calls: frozenset[int] = frozenset()
    calls_from: int = 0
    answers: frozenset[AnswerKey] = frozenset()


def retire(hub: Hub, actor: Actor, *, user_id: str) -> Retirement:
    """Erase a learner. Doing it again changes nothing and tells how far the vendors are.

    :raises NotFound: the hub never knew this user.
    """
    seen = _look(hub, actor, user_id)

    def unit(conn: sa.Connection) -> Retirement:
        ensure(conn, actor, Permission.RETIRE)
        known = people.by_user_id(conn, user_id) if storable(user_id) else None
        if known is not None:
            reports.lock_courses_of(conn, known.id)
        person = None if known is None else people.by_user_id(conn, user_id, lock=True)
        if person is not None and person.retired_at is None:
            _erase(hub, conn, actor, person, seen)
        return retirement_of(hub, conn, user_id)

    done = hub.database.write(unit)
    hub.wake()
    if not hub.database.forget():
        _log.warning("erased_content_still_in_wal", remedy="retire again, or restart the hub")
    return done


def _look(hub: Hub, actor: Actor, user_id: str) -> _Seen:
    """Read, page by page, what no key leads to: it may be much, and nobody has to wait for it."""
    since = hub.now() - _MARGIN
    nothing = _Seen(since=since)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETIRE)
        person = people.by_user_id(conn, user_id) if storable(user_id) else None
        if person is None or person.retired_at is not None:
            return nothing
        mentions = _mentions(conn, person)
        named: list[int] = []
        calls_from = 0
        for call in forgetting.unlinked_calls(conn):
            named += calls.telling(hub, [call], mentions)
            if call.received_at < since:
                calls_from = call.id
        answers = _telling(hub, forgetting.answers(conn), mentions, running=True)
    return _Seen(
        calls=frozenset(named), calls_from=calls_from, answers=frozenset(answers), since=since
    )


def _erase(hub: Hub, conn: sa.Connection, actor: Actor, person: Person, seen: _Seen) -> None:
    now = hub.now()
    new_id = retired_ids(hub.keyring, person.user_id)[0]
    username = f"retired-{person.id}"
    vendors = people.pseudonyms_of(conn, person.id)
    mentions = _mentions(conn, person)
    # First, since it locks the attempts: what callbacks do meanwhile is over or waits.
    erasing.archive_attempts(conn, person.id, actor, now)
    review_claims.erase(conn, person.id)
    calls.erase_received(hub, conn, person.id)
    late = forgetting.unlinked_calls(conn, after=seen.calls_from)
    calls.erase_unlinked(hub, conn, seen.calls | set(calls.telling(hub, late, mentions)))
    calls.unname(hub, conn, erasing.take_decider(conn, person.id, person.email), new_id)
    forgetting.close_outbox(conn, person.id, now)
    _erase_answers(hub, conn, mentions, seen)
    erase_reports_of(conn, hub, person.id, now)
    visits.forget_person(conn, person.id)
    erasing.erase_person(conn, person.id, user_id=new_id, username=username, now=now)
    store.put(
        conn,
        person.id,
        requested_by=actor.id,
        vendors=vendors,
        destinations={slug: vendor_destination(slug) for slug in vendors},
        now=now,
    )
    detail = {"vendors": sorted(vendors)}
    audit.record(conn, now, actor, "learner.retired", None, new_id, detail)
    # Last, so that the lines just written by an operator who retires themselves are renamed, too.
    erasing.rename(conn, person.user_id, new_id)


def _mentions(conn: sa.Connection, person: Person) -> Mentions:
    exact = {person.user_id, person.username, *erasing.codes_of(conn, person.id)}
    folded = {person.email, person.full_name, *erasing.vendors_names_of(conn, person.id)}
    return Mentions(Names(exact=frozenset(exact), folded=frozenset(folded)))


def _erase_answers(hub: Hub, conn: sa.Connection, mentions: Mentions, seen: _Seen) -> None:
    again = [forgetting.answer(conn, key) for key in sorted(seen.answers)]
    found = [one for one in again if one is not None]
    found += forgetting.answers_since(conn, seen.since)
    for key in _telling(hub, found, mentions, running=False):
        forgetting.forget_answer(conn, key)


def _telling(
    hub: Hub, answers: Iterable[KeptAnswer], mentions: Mentions, *, running: bool
) -> list[AnswerKey]:
    """The keys of answers that name the person; ``running``: of those not given yet, too."""
    return [
        one.key
        for one in answers
        if (running and one.response is None) or _tells(hub, one, mentions)
    ]


def _tells(hub: Hub, answer: KeptAnswer, mentions: Mentions) -> bool:
    # The path of a person's own request ends in a digest of who they are.
    if mentions.in_path(answer.key[1].split(" ")[0]):
        return True
    if answer.response is None:
        return False
    try:
        return mentions.in_body(hub.keyring.decrypt(answer.response, context=_ANSWERS))
    except ConfigurationError:
        # Its key is gone: it can never be repeated again, so nothing is lost with it.
        return True
