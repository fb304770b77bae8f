"""What is at work now, so that what it puts aside for later can name it."""

from __future__ import annotations

import structlog


def request_id() -> str:
    """The id of the request, job or round that is at work; empty: none has one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
