"""Whether work that goes on piece by piece should end after the piece in hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar


def _never() -> bool:
    return False


_ending: ContextVar[Callable[[], bool]] = ContextVar("work_ending", default=_never)


@contextmanager
def until(ending: Callable[[], bool]) -> Iterator[None]:
    """Work inside is to end, after the piece in hand, once ``ending`` says so."""
    reset = _ending.set(ending)
    try:
        yield
    finally:
        _ending.reset(reset)


def is_ending() -> bool:
    """Whether to begin no further piece: what is left is done later, or by another process."""
    return _ending.get()()
