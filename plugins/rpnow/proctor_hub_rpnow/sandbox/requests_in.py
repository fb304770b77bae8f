"""Reading requests: bodies of bounded size, whatever their length header claims."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from .settings import SandboxSettings

MAX_BODY_BYTES = 1_048_576


async def _raw_body(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            raise HTTPException(413, "the body is larger than 1 MiB")
        chunks.append(chunk)
    return b"".join(chunks)


RawBody = Annotated[bytes, Depends(_raw_body)]


async def _form(raw: RawBody) -> dict[str, str]:
    try:
        return dict(parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=50))
    except ValueError as error:
        raise HTTPException(422, "the form cannot be read") from error


Form = Annotated[dict[str, str], Depends(_form)]


def own_address(settings: SandboxSettings, request: Request) -> str:
    """The sandbox's address for links: as set, else as the request reached it."""
    return settings.public_url or str(request.base_url)
