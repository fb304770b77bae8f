"""Ids of others in paths: a user, a course or a client may be called anything, slashes included.

A server hands on the path decoded, and there a slash of an id looks like one between two parts. So
:class:`WholeParts` takes the path as it was sent, and a route that has ``{user_id:id}`` gets the id
as it is. Links to such routes are made with :func:`part`, by callers as by the hub's own pages.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote, unquote

from starlette.convertors import Convertor, register_url_convertor
from starlette.types import ASGIApp, Receive, Scope, Send

_SLASH = "\0"
"""Stands for a slash of an id until it is taken out of the path; no id can hold it."""


def part(value: str) -> str:
    """An id, or any text, as one part of a path."""
    return quote(value, safe=":+@")


def path_sent(scope: Scope) -> str:
    """The path of a request as links are made: each of its parts by :func:`part`."""
    return "/".join(part(one.replace(_SLASH, "/")) for one in scope["path"].split("/"))


class WholeParts:
    """Keeps a slash of an id apart from those between two parts.

    :param except_for: path → whether what others agreed on with the hub holds there instead.
    """

    def __init__(self, app: ASGIApp, except_for: Callable[[str], bool]) -> None:
        self._app = app
        self._except_for = except_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand on the request with its path in whole parts."""
        if scope["type"] == "http" and not self._except_for(scope["path"]):
            scope["path"] = whole(scope["raw_path"])
        await self._app(scope, receive, send)


def whole(raw: bytes) -> str:
    """A path as it was sent, decoded part by part."""
    sent = raw.decode("latin-1").split("/")
    return "/".join(unquote(one).replace("\0", "\ufffd").replace("/", _SLASH) for one in sent)


class _Id(Convertor[str]):
    regex = "[^/]+"

    def convert(self, value: str) -> str:
        return value.replace(_SLASH, "/")

    def to_string(self, value: str) -> str:
        return value.replace("/", _SLASH)


register_url_convertor("id", _Id())
