"""Style sheet and scripts: few, small, read once, cached by browsers for ever under their hash."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

FOLDER = Path(__file__).with_name("static")
PATH = "/static"

VENDORED = {
    "htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
}
"""Files of others, each with its SHA-256: htmx 2.0.11, Zero-Clause BSD."""

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}

router = APIRouter()


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is sent; ``tag`` changes with its content."""

    content: bytes
    packed: bytes
    media_type: str
    tag: str


@cache
def found(name: str) -> StaticFile | None:
    """The file of this name; None for any other."""
    path = FOLDER / name
    if path.parent != FOLDER or path.suffix not in _TYPES or not path.is_file():
        return None
    content = path.read_bytes()
    return StaticFile(
        content=content,
        packed=gzip.compress(content, mtime=0),
        media_type=_TYPES[path.suffix],
        tag=hashlib.sha256(content).hexdigest()[:12],
    )


def static_url(name: str) -> str:
    """The address of a file, which no other content will ever have.

    :raises LookupError: there is no such file.
    """
    file = found(name)
    if file is None:
        raise LookupError(f"no static file {name!r}")
    return f"{PATH}/{file.tag}/{name}"


@router.get(PATH + "/{tag}/{name}", include_in_schema=False)
def static_file(tag: str, name: str, request: Request) -> Response:
    """The file, packed where the browser can unpack it."""
    file = found(name)
    if file is None or file.tag != tag:
        raise HTTPException(404)
    headers = dict(_HEADERS)
    content = file.content
    if "gzip" in request.headers.get("accept-encoding", ""):
        content, headers["Content-Encoding"] = file.packed, "gzip"
    return Response(content, media_type=file.media_type, headers=headers)
