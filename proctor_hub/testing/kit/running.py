"""A real hub for the life cycles: its own database, its API and callbacks over real HTTP."""

from __future__ import annotations

import atexit
import shutil
import socket
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from proctor_hub.app import build_crew, build_hub, create_app
from proctor_hub.cli.working import at_work
from proctor_hub.demo.client import HubClient
from proctor_hub.domain.words import Role
from proctor_hub.encryption_keys import new_key
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.settings import HubSettings
from proctor_hub.storage import callbacks, migrate
from proctor_hub.storage.upsert import MAX_KEY
from proctor_hub.testing.serving import address_of, serving
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.web.callbacks import is_callback_path

OPERATOR = Actor(role=Role.OPERATOR, id="conformance-kit")

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One call of the vendor to the hub, byte for byte, and how it was answered."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    status: int


class RunningHub:
    """A hub that serves; stopped with the exit stack it was made on.

    :ivar heard: every callback so far.
    """

    def __init__(
        self,
        stack: ExitStack,
        door: socket.socket,
        *,
        vendors: Mapping[str, Mapping[str, Any]],
        plugins: Iterable[EntryPoint],
        http: Callable[[VendorAccount], BoundedHttpClient],
        clock: Callable[[], datetime],
    ) -> None:
        """``door``: where it listens; ``vendors``: account → settings, with the plugin's name."""
        self.url = address_of(door)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="conformance-")))
        shutil.copy(_template(), folder / "hub.db")
        given: dict[str, Any] = {
            "database_url": f"sqlite:///{folder / 'hub.db'}",
            "public_url": self.url,
            "encryption_keys": new_key("conformance"),
            "reports": {"url": str(folder / "reports")},
            "vendors": vendors,
        }
        settings = HubSettings(**given)
        self.hub: Hub = build_hub(settings, now=clock, entry_points=plugins, http_factory=http)
        stack.callback(self.hub.database.close)
        self.heard: list[Heard] = []
        crew = build_crew(settings, self.hub)
        crew.join()
        stack.callback(crew.leave)
        app = create_app(settings, hub=self.hub, running=partial(at_work, crew, lambda: None))
        stack.enter_context(serving(_Listening(app, self), door, lifespan=True))
        self.lms = self.new_lms()

    def new_lms(self) -> HubClient:
        """A client of the hub's API with credentials of its own."""
        return HubClient(self.url, *self.client(ClientKind.LMS))

    def client(self, kind: ClientKind, vendor: str | None = None) -> tuple[str, str]:
        """A new machine client: id and secret."""
        made = clients.create(self.hub, OPERATOR, kind, vendor=vendor)
        return made.client.client_id, made.secret

    @property
    def last_refusal(self) -> str:
        """Why the last callback was refused, which the hub tells no caller; empty: it was not."""
        if not self.heard or self.heard[-1].status < 400:
            return ""
        with self.hub.database.read() as conn:
            rows = callbacks.newest_first(
                conn, before=MAX_KEY, count=1, outcome=None, quarantined=None
            )
        return rows[0].detail if rows else ""


class _Listening:
    """The application, with every callback written down on its way in and out."""

    def __init__(self, app: Any, owner: RunningHub) -> None:
        self._app = app
        self._owner = owner

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_callback_path(self._owner.hub, scope["path"]):
            await self._app(scope, receive, send)
            return
        body = bytearray()

        async def hearing() -> MutableMapping[str, Any]:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def telling(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                # Before the vendor has its answer: then a check goes on at once.
                self._owner.heard.append(_heard(scope, bytes(body), message["status"]))
            await send(message)

        await self._app(scope, hearing, telling)


def _heard(scope: MutableMapping[str, Any], body: bytes, status: int) -> Heard:
    return Heard(
        method=scope["method"],
        path=scope["path"],
        query=dict(parse_qsl(scope["query_string"].decode(), keep_blank_values=True)),
        headers={k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]},
        body=body,
        status=status,
    )


@cache
def _template() -> Path:
    """A migrated database that nobody writes to; one per process."""
    folder = Path(tempfile.mkdtemp(prefix="conformance-template-"))
    atexit.register(shutil.rmtree, folder)
    migrate.upgrade(f"sqlite:///{folder / 'hub.db'}")
    return folder / "hub.db"
