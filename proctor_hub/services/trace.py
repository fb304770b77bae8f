"""What a use case adds to the one line of log of the request it serves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from proctor_hub.storage.cause import request_id

_FIELDS: ContextVar[dict[str, object] | None] = ContextVar("trace_fields", default=None)


@contextmanager
def collected() -> Iterator[dict[str, object]]:
    """Collect what is added inside, on whatever thread the context goes to."""
    fields: dict[str, object] = {}
    reset = _FIELDS.set(fields)
    try:
        yield fields
    finally:
        _FIELDS.reset(reset)


def add(**fields: object) -> None:
    """Add fields, no personal data and no secrets; without a request, nothing happens."""
    found = _FIELDS.get()
    if found is not None:
        found.update(fields)


def current() -> str:
    """The id of the request, job or round that is at work, kept with all it causes; may be empty.

    Logs carry it as ``request_id``, from the call that caused something to its last effect.
    """
    return request_id()
