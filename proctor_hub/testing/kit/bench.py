"""Everything a check works with; what it does not ask for is not started."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

import requests

from proctor_hub.app import VENDOR_TOKENS
from proctor_hub.demo.filling import filled
from proctor_hub.demo.processes import free_port
from proctor_hub.demo.steering import Sandbox as Steering
from proctor_hub.errors import ConfigurationError
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.testing.fake_vendor import fake_entry_point
from proctor_hub.testing.kit.case import KEY, Case, entry_point_of, registry_of
from proctor_hub.testing.kit.client import NotedClient
from proctor_hub.testing.kit.recordings import Recordings
from proctor_hub.testing.kit.running import RunningHub
from proctor_hub.testing.kit.wire import Wire
from proctor_hub.testing.serving import address_of, open_door
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.registry import Registry

if TYPE_CHECKING:
    from proctor_hub.testing.kit.talk import Talk

BYSTANDER = "bystander"
"""The account of the fake vendor beside the one under test."""


class Clock:
    """The real time, moved by a check; hub and plugin read it."""

    def __init__(self) -> None:
        """Not moved."""
        self.ahead = timedelta(0)
        self.stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stopped_at or datetime.now(UTC)) + self.ahead


class Bench:
    """One plugin with its vendor, and a hub around them. Close it when done.

    :ivar clients: the HTTP client of every account loaded so far, in order.
    :ivar talk: what the vendor said about an exam, once one was taken.
    """

    def __init__(self, case: Case) -> None:
        """Nothing runs yet but the wire."""
        self.case = case
        self.clock = Clock()
        self.clients: list[NotedClient] = []
        self.talk: Talk | None = None
        self._stack = ExitStack()
        self._door: socket.socket = open_door()
        self._stack.callback(self._door.close)
        self.wire = Wire(self._upstream)
        self._stack.callback(self.wire.stop)
        self.values: Mapping[str, str] = _Values(
            {
                "sandbox_url": lambda: self.wire.url,
                "hub_url": lambda: address_of(self._door),
                "secret": lambda: secrets.token_hex(24),
                "key24": lambda: secrets.token_hex(12),
                "hub_client_id": lambda: self._hub_client[0],
                "hub_client_secret": lambda: self._hub_client[1],
            },
            self._callback_url,
        )

    def close(self) -> None:
        """End everything that was started."""
        self._stack.close()

    @cached_property
    def table(self) -> dict[str, Any]:
        """The account's settings, as a configuration file gives them."""
        return dict(filled(self.case.given.settings, self.values))

    def fresh_vendor(self, slug: str = "", **changes: Any) -> Vendor:
        """The account loaded anew, so with nothing cached.

        :param slug: another account of the same plugin. :param changes: of its settings.
        """
        slug = slug or self.case.slug
        registry = self.registry(slug, {**self.table, **changes})
        return registry.get(slug)

    def registry(self, slug: str, table: Mapping[str, Any]) -> Registry:
        """An account loaded by the host's loader, whatever comes of it."""
        return registry_of(
            entry_point_of(self.case.given.plugin),
            slug,
            table,
            public_url=address_of(self._door),
            http=self._client,
            clock=self.clock,
            keys=self._keys,
        )

    @cached_property
    def running(self) -> RunningHub:
        """A hub that serves, with this account and a bystander."""
        point = entry_point_of(self.case.given.plugin)
        return RunningHub(
            self._stack,
            self._door,
            vendors={
                self.case.slug: {**self.table, "plugin": point.name},
                BYSTANDER: {"plugin": BYSTANDER},
            },
            plugins=[point, fake_entry_point(BYSTANDER)],
            http=self._client,
            clock=self.clock,
        )

    def start_vendor(self) -> None:
        """Have the vendor up before anybody waits for it, where there is one."""
        if self.case.wired:
            self._upstream()

    @property
    def steering(self) -> Steering:
        """The sandbox's steering door.

        :raises ConfigurationError: the case has no sandbox.
        """
        sandbox = self.case.given.sandbox
        if sandbox is None:
            raise ConfigurationError("this needs a sandbox, and none is given")
        return self._steering

    @cached_property
    def _steering(self) -> Steering:
        sandbox = self.case.given.sandbox
        assert sandbox is not None  # noqa: S101 - asked by the caller
        door = sandbox.steering(self.case.slug, f"http://127.0.0.1:{self._port}")
        self._stack.callback(door.close)
        return door

    @cached_property
    def _port(self) -> int:
        """The vendor's port; started at first need."""
        given = self.case.given
        side = given.sandbox or (Recordings(given.recordings) if given.recordings else None)
        if side is None:
            raise ConfigurationError("neither sandbox nor recordings are given")
        port = free_port()
        self._stack.callback(side.start(port, self.values))
        return port

    def vendor_token(self, slug: str = "") -> str:
        """An access token of the vendor's client, as the hub's token endpoint gives it.

        :param slug: another account's.
        """
        client_id, secret = (
            self.running.client(ClientKind.VENDOR, slug) if slug else self._hub_client
        )
        answer = requests.post(
            f"{self.running.url}/oauth2/access_token",
            data={
                "grant_type": "client_credentials",
                "client_id": client_id,
                "client_secret": secret,
            },
            timeout=30,
        )
        return str(answer.json()["access_token"])

    def _upstream(self) -> int:
        return self._port

    @property
    def last_refusal(self) -> str:
        """As a part of a sentence, why the hub refused the last callback; empty: it did not."""
        why = self.running.last_refusal if "running" in self.__dict__ else ""
        return f" (the hub refused it: {why})" if why else ""

    def _client(self, account: object) -> NotedClient:
        client = NotedClient()
        self.clients.append(client)
        return client

    @property
    def _keys(self) -> tuple[bytes, ...]:
        # The hub's own where one runs, so that what it minted holds for plugins loaded beside it.
        if "running" not in self.__dict__:
            return (KEY,)
        return tuple(self.running.hub.keyring.derive(VENDOR_TOKENS))

    @cached_property
    def _hub_client(self) -> tuple[str, str]:
        return self.running.client(ClientKind.VENDOR, self.case.slug)

    def _callback_url(self, name: str) -> str:
        offer = getattr(self.running.hub.vendors.get(self.case.slug).implementation,
                        "callback_urls", None)  # fmt: skip
        return str(dict(offer())[name]) if callable(offer) else ""


class _Values(Mapping[str, str]):
    """Placeholders with what each stands for, made at first need."""

    def __init__(
        self, makers: Mapping[str, Callable[[], str]], callback_url: Callable[[str], str]
    ) -> None:
        self._makers = makers
        self._callback_url = callback_url
        self._made: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._made:
            kind, colon, rest = name.partition(":")
            if colon and kind == "callback_url":
                self._made[name] = self._callback_url(rest)
            else:
                self._made[name] = self._makers[name]()
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return str(name) in self._makers or str(name).startswith("callback_url:")

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)
