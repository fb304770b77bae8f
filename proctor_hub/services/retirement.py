"""Retiring a learner: erased here in one transaction, and at every vendor that knew them.

Statuses and counts survive; names, addresses, texts, videos and raw callbacks do not. Live
attempts are archived, which is what keeps the promise that nobody hears of the learner again: no
event, no e-mail, no queue (domain §3, §8).
"""

from __future__ import annotations

import json
from urllib.parse import quote

import sqlalchemy as sa
import structlog

from proctor_hub.errors import ConfigurationError
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.callbacks.erasing import erase_received
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.paging import Page, before_int, limit_of, page
from proctor_hub.services.retired import retired_ids
from proctor_hub.services.transitions import vendor_destination
from proctor_hub.storage import audit, erasing, people
from proctor_hub.storage import retirement as store
from proctor_hub.storage.people import Person
from proctor_hub.storage.retirement import Retirement

__all__ = ["Retirement", "get_retirement", "list_retirements", "retire"]

_ANSWERS = "idempotency"
_log = structlog.get_logger("proctor_hub.retirement")


def retire(hub: Hub, actor: Actor, *, user_id: str) -> Retirement:
    """Erase a learner. Doing it again changes nothing and tells how far the vendors are.

    :raises NotFound: the hub never knew this user.
    """

    def unit(conn: sa.Connection) -> Retirement:
        ensure(conn, actor, Permission.RETIRE)
        person = people.by_user_id(conn, user_id, lock=True) if storable(user_id) else None
        if person is None or person.retired_at is not None:
            return _done(hub, conn, user_id)
        _erase(hub, conn, actor, person)
        return _done(hub, conn, user_id)

    done = hub.database.write(unit)
    hub.wake()
    if not hub.database.forget():
        _log.warning("erased_content_still_in_wal", remedy="retire again, or restart the hub")
    return done


def get_retirement(hub: Hub, actor: Actor, *, user_id: str) -> Retirement:
    """The retirement of the user who had this id. :raises NotFound: they were not retired."""
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETIRE)
        return _done(hub, conn, user_id)


def list_retirements(
    hub: Hub, actor: Actor, *, cursor: str | None = None, limit: int | None = None
) -> Page[Retirement]:
    """All retirements, newest first, with what each vendor answered."""
    count, before = limit_of(hub, limit), before_int(cursor)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETIRE)
        found = store.page(conn, before=before, count=count + 1)
    return page(found, count, lambda one: [one.id])


def _erase(hub: Hub, conn: sa.Connection, actor: Actor, person: Person) -> None:
    now = hub.now()
    new_id = retired_ids(hub.keyring, person.user_id)[0]
    username = f"retired-{person.id}"
    vendors = people.pseudonyms_of(conn, person.id)
    erase_received(hub, conn, person.id)
    erasing.erase_decider(conn, person.id)
    erasing.close_outbox(conn, person.id, now)
    erasing.archive_attempts(conn, person.id, actor, now)
    erasing.erase_answers(conn, _Tells(hub, person))
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


def _done(hub: Hub, conn: sa.Connection, user_id: str) -> Retirement:
    if storable(user_id):
        for retired_id in retired_ids(hub.keyring, user_id):
            person = people.by_user_id(conn, retired_id)
            found = None if person is None else store.of_person(conn, person.id)
            if found is not None:
                return found
    raise NotFound("learner", user_id)


class _Tells:
    """Whether a stored answer names the person: by a JSON string, or by a part of its path."""

    def __init__(self, hub: Hub, person: Person) -> None:
        self._keyring = hub.keyring
        names = [n for n in (person.user_id, person.username, person.email, person.full_name) if n]
        self._strings = {
            json.dumps(n, ensure_ascii=a).encode() for n in names for a in (True, False)
        }
        self._parts = {person.user_id, quote(person.user_id, safe="")}

    def __call__(self, path: str, response: bytes | None) -> bool:
        if self._parts & set(path.split(" ")[0].split("/")):
            return True
        if response is None:
            return False
        try:
            body = self._keyring.decrypt(response, context=_ANSWERS)
        except ConfigurationError:
            # Its key is gone: it can never be repeated again, so nothing is lost with it.
            return True
        return any(string in body for string in self._strings)
