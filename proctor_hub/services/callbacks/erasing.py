"""What vendors sent about a retired learner: erased at once, and again as it still arrives."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import replace

import sqlalchemy as sa

from proctor_hub.errors import ConfigurationError
from proctor_hub.services.callbacks.envelope import seal, unseal
from proctor_hub.services.callbacks.outcomes import REPLAYABLE
from proctor_hub.services.hub import Hub
from proctor_hub.services.mentions import Mentions
from proctor_hub.storage import erasing, forgetting
from proctor_hub.storage.erasing import NamedIn
from proctor_hub.storage.forgetting import Emptied, KeptCall
from proctor_hub.vendors.receiving import CallbackRequest

_AT_ONCE = 50


def erase_received(hub: Hub, conn: sa.Connection, person_pk: int) -> None:
    """Names, texts, links and raw bytes of all callbacks; statuses and counts stay (domain §1)."""
    erasing.erase_attempts(conn, person_pk, f"retired-{person_pk}")
    erasing.erase_reviews(conn, person_pk)
    erasing.erase_callbacks(conn, person_pk, emptied(hub))


def erase_late(hub: Hub, conn: sa.Connection, person_pk: int) -> None:
    """:func:`erase_received` where the learner is retired; the attempt must be locked."""
    # Asked anew: the row that came with the lock may be older than the retirement it waited for.
    if erasing.is_retired(conn, person_pk):
        erase_received(hub, conn, person_pk)


def telling(hub: Hub, calls: Iterable[KeptCall], mentions: Mentions) -> list[int]:
    """Which of these kept calls name the person."""
    return [call.id for call in calls if _names(hub, call, mentions)]


def erase_unlinked(hub: Hub, conn: sa.Connection, pks: Collection[int]) -> None:
    """Empty kept calls of no known attempt."""
    forgetting.empty_unlinked(conn, sorted(pks), emptied(hub))


def unname(hub: Hub, conn: sa.Connection, found: Iterable[NamedIn], new_id: str) -> None:
    """Put ``new_id`` for the address of who decided, in the calls that these reviews came by.

    The call itself is another learner's and stays.
    """
    names = {one.callback_pk: one.name for one in found if one.callback_pk is not None}
    pks = sorted(names)
    for start in range(0, len(pks), _AT_ONCE):
        for call in forgetting.calls(conn, pks[start : start + _AT_ONCE]):
            try:
                request = unseal(hub.keyring, call.request)
            except ConfigurationError:
                continue  # its key is gone, and what it says with it
            name = re.compile(re.escape(names[call.id].encode()), re.IGNORECASE)
            body = name.sub(new_id.encode(), request.body)
            forgetting.put_request(conn, call.id, seal(hub.keyring, replace(request, body=body)))


def emptied(hub: Hub) -> Emptied:
    """What stands for an erased callback's content."""
    request = CallbackRequest(
        route="",
        method="",
        path="",
        path_params={},
        query={},
        headers={},
        body=b"",
        source_address="",
    )
    return Emptied(request=seal(hub.keyring, request), replayable=REPLAYABLE)


def _names(hub: Hub, call: KeptCall, mentions: Mentions) -> bool:
    try:
        return mentions.in_request(unseal(hub.keyring, call.request))
    except ConfigurationError:
        return False  # its key is gone, and what it says with it
