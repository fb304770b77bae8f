"""What a vendor answered when it was polled, kept as if it had called.

The hub writes it down in a form of its own: a JSON document with the events about one attempt. So
it is stored, replayed, listed and erased like any other callback.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from proctor_hub.services.reviews import storable
from proctor_hub.vendors.receiving import (
    CallbackEvent,
    CallbackRequest,
    ReviewReceived,
    SessionEnded,
    SessionEntered,
    SessionFault,
    SessionReady,
)
from proctor_hub.vendors.routes import POLL

AboutAttempt = SessionReady | SessionEntered | SessionEnded | SessionFault | ReviewReceived
"""Events that a poll may tell: those about an attempt."""

_METHOD = "POLL"
_KINDS: dict[str, type[AboutAttempt]] = {
    kind.__name__: kind
    for kind in (SessionReady, SessionEntered, SessionEnded, SessionFault, ReviewReceived)
}


def request_of(events: Iterable[AboutAttempt]) -> CallbackRequest:
    """The events about one attempt as a call that was never made."""
    body = json.dumps({"events": [_plain(event) for event in events]}, sort_keys=True)
    return CallbackRequest(
        route=POLL,
        method=_METHOD,
        path="",
        path_params={},
        query={},
        headers={},
        body=body.encode(),
        source_address="",
    )


def is_polled(request: CallbackRequest) -> bool:
    """Whether a kept request is the hub's own note of a poll."""
    return request.method == _METHOD


def events_in(request: CallbackRequest) -> tuple[AboutAttempt, ...]:
    """The events that :func:`request_of` wrote down."""
    return tuple(_event(item) for item in json.loads(request.body)["events"])


def key_of(event: CallbackEvent) -> bytes:
    """What two equal events have in common.

    Of a link to a recording only that there is one: many vendors sign theirs anew at each answer.
    """
    if isinstance(event, ReviewReceived) and event.video_url:
        event = replace(event, video_url="yes")
    return json.dumps(_plain(event), sort_keys=True).encode()


def cleaned(event: AboutAttempt) -> AboutAttempt:
    """The event as it can be stored."""
    return storable(event) if isinstance(event, ReviewReceived) else event


def _plain(event: CallbackEvent) -> dict[str, Any]:
    return {"event": type(event).__name__, **asdict(event)}


def _event(item: dict[str, Any]) -> AboutAttempt:
    values = dict(item)
    return _reader(values.pop("event")).validate_python(values)


@cache
def _reader(kind: str) -> TypeAdapter[AboutAttempt]:
    return TypeAdapter(_KINDS[kind])
