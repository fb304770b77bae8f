"""The contract of a transport plugin: what it is built with, what it is given, its one hook.

A transport is a class in the entry-point group ``proctor_hub.transports``. It has a ``Settings``
(a :class:`TransportSettings`) and is built as ``Transport(settings, host)``, once per endpoint; no
I/O in the constructor. Its hook is called from several threads at the same time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict

from proctor_hub.contract_versions import hookspec
from proctor_hub.vendors.host import HttpClient

TRANSPORTS_GROUP = "proctor_hub.transports"
"""Entry-point group; name = transport name, value = transport class."""

HOOKS = frozenset({"deliver_event"})


class TransportSettings(BaseModel):
    """Base of a transport's settings: its table of the configuration without ``transport`` and
    ``courses``.

    Frozen; unknown keys are refused; secrets are ``SecretStr`` so that they are never printed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")


class TransportHost(Protocol):
    """What a transport is built with."""

    @property
    def name(self) -> str:
        """The endpoint's name; empty for the one of the table ``[lms]`` itself."""

    @property
    def http(self) -> HttpClient:
        """An HTTP client of this endpoint: total deadline, no redirects, allowed hosts only."""

    def allow_url(self, url: str) -> None:
        """Name a configured base URL, so that :attr:`http` may call its scheme, host and port.

        :raises proctor_hub.errors.ConfigurationError: it is not an ``http(s)`` URL.
        """

    def now(self) -> datetime:
        """The host's clock, aware UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LmsEvent:
    """One event for an endpoint (reference: events for the LMS).

    :param id: stays the same however often the event is delivered; receivers apply it once.
    :param sequence: counts up per ``stream``; gaps are possible.
    :param stream: opaque; events that share it must be taken in order: a bus partitions by it.
    :param type: the event's type, such as ``submitted``. :param occurred_at: aware UTC.
    :param payload: what the webhook would send, as a mapping; not to be changed. Its ``user_id``
        is personal data. :param body: the same as the bytes of its JSON.
    :param request_id: of the call that caused the event, as logs carry it; may be empty.
    """

    id: str
    sequence: int
    stream: str
    type: str
    occurred_at: datetime
    payload: Mapping[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    request_id: str = ""


class TransportSpec:
    """The hook of transports. Mandatory."""

    @hookspec(since="0.1")
    def deliver_event(self, event: LmsEvent) -> None:
        """Deliver one event; return once the endpoint has it for good.

        At least once: the same event comes again when nobody knows what became of it, so the
        receiving side goes by its id. Events of a stream come one after the other, streams at the
        same time. A call must end by itself: bound whatever it waits for.

        :raises DeliveryError: not this time; tried again later, each time later.
        :raises DeliveryRefused: never; kept, and tried seldom until a person mends it.
        """
