"""One LMS endpoint: its transport behind a typed call, what the transport is built with, and what
is left of an endpoint whose transport does not load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pluggy

from proctor_hub.errors import HookRaised, TransportError, VendorError, WrongHookResult
from proctor_hub.transports.contract import LmsEvent
from proctor_hub.transports.routing import destination_of
from proctor_hub.vendors.account import AccountHttp
from proctor_hub.vendors.calling import named
from proctor_hub.vendors.host import HttpClient
from proctor_hub.vendors.installed import PluginSource
from proctor_hub.vendors.making import without_values


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointConfig:
    """``[lms]`` or ``[lms.endpoints.<name>]`` of the configuration.

    :param name: empty for ``[lms]``. :param transport: the transport's name.
    :param settings_table: the rest of the table, for the transport's ``Settings``.
    """

    name: str
    transport: str
    courses: tuple[str, ...] = ()
    settings_table: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def section(self) -> str:
        """The table's name; for messages."""
        return f"[lms.endpoints.{self.name}]" if self.name else "[lms]"

    @property
    def destination(self) -> str:
        """The outbox destination."""
        return destination_of(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenEndpoint:
    """A configured endpoint that cannot be used, and why; holds no secret.

    ``distribution`` and ``version`` are empty where no distribution was found.
    """

    config: EndpointConfig
    distribution: str
    version: str
    reason: str

    def __str__(self) -> str:
        origin = f" of {self.distribution} {self.version}" if self.distribution else ""
        return (
            f"the endpoint {self.config.section} (transport {self.config.transport}{origin}) "
            f"cannot be used: {self.reason}"
        )


class EndpointHost:
    """``TransportHost`` of one endpoint (contract: transports/contract.py)."""

    def __init__(self, name: str, http: AccountHttp, clock: Callable[[], datetime]) -> None:
        """``clock``: aware datetimes."""
        self._name = name
        self._http = http
        self._clock = clock

    @property
    def name(self) -> str:
        """The endpoint's name."""
        return self._name

    @property
    def http(self) -> HttpClient:
        """The endpoint's HTTP client."""
        return self._http

    def allow_url(self, url: str) -> None:
        """Let :attr:`http` call the scheme, host and port of ``url``."""
        self._http.allow_url(url)

    def now(self) -> datetime:
        """The host's clock, aware UTC."""
        return self._clock().astimezone(UTC)


class Endpoint:
    """A usable endpoint. Safe to use from several threads."""

    def __init__(
        self,
        config: EndpointConfig,
        source: PluginSource,
        manager: pluggy.PluginManager,
        implementation: object,
    ) -> None:
        """``manager``: with the transport's specification and ``implementation`` alone."""
        self.config = config
        self.distribution = source.distribution
        self.version = source.version
        self.implementation = implementation
        self._deliver = manager.hook.deliver_event

    def deliver(self, event: LmsEvent) -> None:
        """Hand one event to the transport; returns once the endpoint has it.

        :raises proctor_hub.errors.TransportError: the transport said that it has not.
        :raises proctor_hub.errors.VendorError: a call of the host's HTTP client failed.
        :raises proctor_hub.errors.HookRaised: the transport raised anything else.
        :raises proctor_hub.errors.WrongHookResult: it answered something: nobody knows what it
            means, so the event does not count as delivered.
        """
        try:
            answer = self._deliver(event=event)
        except (TransportError, VendorError) as error:
            # Operators read it; a plugin's own text may repeat what it was configured with.
            if error.args:
                told = without_values(str(error.args[0]), self.config.settings_table)
                error.args = (told, *error.args[1:])
            raise
        # A plugin that calls sys.exit() must not end a thread of the host.
        except (Exception, SystemExit) as error:
            raise HookRaised(
                f"deliver_event of {self} raised {named(error)}; that is a defect of the transport"
            ) from error
        if answer is not None:
            raise WrongHookResult(f"deliver_event of {self} answered {type(answer).__name__}")

    def __str__(self) -> str:
        return (
            f"the endpoint {self.config.section} (transport {self.config.transport} of "
            f"{self.distribution} {self.version})"
        )
