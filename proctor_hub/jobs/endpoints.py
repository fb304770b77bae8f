"""The ways to the LMS endpoints, for the relay: destination → how a row gets there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from types import MappingProxyType

from proctor_hub.errors import (
    DeliveryError,
    PluginError,
    TransportError,
    VendorError,
    VendorUnavailable,
)
from proctor_hub.jobs.delivery import Deliver, DeliveryFailed
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.transports.contract import LmsEvent
from proctor_hub.transports.endpoint import BrokenEndpoint, Endpoint
from proctor_hub.transports.loader import Endpoints


def ways(endpoints: Endpoints) -> Mapping[str, Deliver]:
    """How to deliver to each configured endpoint; a broken one says so and its events wait."""
    found: dict[str, Deliver] = {
        name: partial(_deliver, endpoint) for name, endpoint in endpoints.usable.items()
    }
    found |= {name: partial(_refuse, broken) for name, broken in endpoints.broken.items()}
    return MappingProxyType(found)


def event_of(row: OutboxRow) -> LmsEvent:
    """The event a row of an LMS destination holds."""
    occurred_at = datetime.fromisoformat(str(row.payload["occurred_at"]))
    return LmsEvent(
        id=row.event_id,
        sequence=row.seq,
        stream=row.stream,
        type=row.kind,
        occurred_at=occurred_at.astimezone(UTC),
        payload=MappingProxyType(row.payload),
        body=json.dumps(row.payload, separators=(",", ":"), ensure_ascii=False).encode(),
        request_id=row.trace_id,
    )


def _deliver(endpoint: Endpoint, row: OutboxRow) -> None:
    """Deliver one row.

    :raises DeliveryFailed: the endpoint did not take it, or its transport is defective.
    """
    try:
        endpoint.deliver(event_of(row))
    except (TransportError, VendorError, PluginError) as error:
        asked = isinstance(error, DeliveryError | VendorUnavailable)
        away = isinstance(error, VendorUnavailable) or getattr(error, "unavailable", False)
        raise DeliveryFailed(
            str(error),
            retry_after=getattr(error, "retry_after", None) if asked else None,
            hopeless=not error.retryable,
            unavailable=away,
        ) from error


def _refuse(broken: BrokenEndpoint, row: OutboxRow) -> None:
    """Leave the row waiting, with the reason for those who look.

    Like an endpoint that does not answer, so that all of it goes out once the endpoint is mended.

    :raises DeliveryFailed: always.
    """
    raise DeliveryFailed(str(broken), unavailable=True)
