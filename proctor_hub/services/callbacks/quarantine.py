"""Calls nobody proved to be the vendor's: kept within bounds per source, then only counted (§4)."""

from __future__ import annotations

import ipaddress

import sqlalchemy as sa

from proctor_hub.services import trace
from proctor_hub.services.callbacks.envelope import digest_of, seal
from proctor_hub.services.hub import Hub
from proctor_hub.storage import callbacks as store
from proctor_hub.storage import quarantine as counts
from proctor_hub.vendors.receiving import CallbackOutcome, CallbackRequest

_NETWORK_BITS = 64


def keep(
    hub: Hub, slug: str | None, request: CallbackRequest, outcome: CallbackOutcome
) -> int | None:
    """Quarantine a refused call; its row, or None where its source's share is used up."""
    source = source_of(request.source_address)
    size = len(request.body)
    limits = hub.limits

    def unit(conn: sa.Connection) -> int | None:
        fits = counts.take(
            conn,
            source,
            size,
            items=limits.quarantine_items_per_source,
            octets=limits.quarantine_bytes_per_source,
            now=hub.now(),
        )
        if not fits:
            return None
        return store.insert(
            conn,
            now=hub.now(),
            vendor=slug,
            request=request,
            sealed=seal(hub.keyring, request),
            digest=digest_of(request.body),
            outcome=outcome,
            attempt_pk=None,
            quarantined=True,
            source=source,
            trace_id=trace.current(),
        )

    return hub.database.write(unit)


def source_of(address: str) -> str:
    """What counts as one source: an IPv4 address, or an IPv6 /64 (its owner has all of it)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _NETWORK_BITS), strict=False))
