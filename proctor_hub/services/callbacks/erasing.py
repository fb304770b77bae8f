"""What vendors sent about a retired learner: erased at once, and again as it still arrives."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.services.callbacks.envelope import seal
from proctor_hub.services.hub import Hub
from proctor_hub.storage import erasing
from proctor_hub.vendors.receiving import CallbackRequest

REPLAYABLE = frozenset({"unmatched", "unparsable", "conflict", "refused"})
"""Outcomes after which a kept callback can be taken again."""


def erase_received(hub: Hub, conn: sa.Connection, person_pk: int) -> None:
    """Names, texts, links and raw bytes of all callbacks; statuses and counts stay (domain §1)."""
    erasing.erase_attempts(conn, person_pk, f"retired-{person_pk}")
    erasing.erase_reviews(conn, person_pk)
    erasing.erase_callbacks(conn, person_pk, _empty_envelope(hub), REPLAYABLE)


def erase_late(hub: Hub, conn: sa.Connection, person_pk: int) -> None:
    """:func:`erase_received` where the learner is retired; the attempt must be locked."""
    # Asked anew: the row that came with the lock may be older than the retirement it waited for.
    if erasing.is_retired(conn, person_pk):
        erase_received(hub, conn, person_pk)


def _empty_envelope(hub: Hub) -> bytes:
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
    return seal(hub.keyring, request)
