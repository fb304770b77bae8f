"""Requests to the application without a network: what a page costs this process."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI

from proctor_hub.services.access import launch_links, sign_ins
from proctor_hub.services.access.launch_links import Bounds
from proctor_hub.services.hub import Hub
from proctor_hub.storage.tables import people
from proctor_hub.web.pages.visits import cookie_name

Message = MutableMapping[str, Any]
_LOOP = asyncio.new_event_loop()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class InProcess:
    """One browser that asks the application for pages, one after the other.

    The application is called as a server would call it, so routing, sign-in, services, templates
    and the compression of answers are in the time; a socket and a server's parser are not.
    """

    def __init__(self, app: FastAPI, cookie: str) -> None:
        self._app = app
        self._cookie = cookie

    def get(self, path: str) -> Answer:
        """Ask for a page as a browser does that takes compressed answers.

        :raises SystemExit: it was not answered as a page is.
        """
        answer = _LOOP.run_until_complete(self._get(path))
        if answer.status not in (200, 204):
            raise SystemExit(f"{path}: {answer.status} {answer.body[:500]!r}")
        return answer

    async def _get(self, path: str) -> Answer:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        where, _, query = path.partition("?")
        await self._app(_scope(where, query, self._cookie), receive, send)
        start = sent[0]
        return Answer(
            status=start["status"],
            headers={name.decode().lower(): value.decode() for name, value in start["headers"]},
            body=b"".join(message.get("body", b"") for message in sent[1:]),
        )


def signed_in(app: FastAPI, user_id: str) -> InProcess:
    """A browser in which somebody is signed in, by a launch link as an LMS makes it."""
    hub: Hub = app.state.hub

    def unit(conn: sa.Connection) -> str:
        pk = conn.execute(sa.select(people.c.id).where(people.c.user_id == user_id)).scalar_one()
        token, _ = launch_links.new_link(hub, conn, Bounds(person_pk=pk), "/")
        return token

    secret = sign_ins.enter(hub, hub.database.write(unit)).secret
    return InProcess(app, f"{cookie_name(hub)}={secret}")


def _scope(path: str, query: str, cookie: str) -> Message:
    headers = {
        "host": "127.0.0.1:8000",
        "accept": "text/html",
        "accept-encoding": "gzip, br",
        "accept-language": "en",
        "cookie": cookie,
    }
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
    }
