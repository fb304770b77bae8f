"""What watches the calls to one vendor account: may one be made now, and how did it go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from proctor_hub.errors import VendorUnavailable

_insisting: ContextVar[bool] = ContextVar("vendor_call_insisting", default=False)


class CallsPaused(VendorUnavailable):
    """No call was made: the vendor is known to be down, or too many calls are under way."""

    code = "vendor_calls_paused"


class CallWatch(Protocol):
    """Asked before each call of an account's HTTP client, told after it. Thread-safe."""

    def begin(self) -> None:
        """A call is about to be made.

        :raises CallsPaused: not now; then :meth:`end` is not called.
        """

    def end(self, seconds: float, status: int | None, retry_after: float | None = None) -> None:
        """The call is over. ``status``: of the answer; None: there was none. Never raises."""


class Unwatched:
    """Any call may be made; nobody looks."""

    def begin(self) -> None:
        """Nothing stands against it."""

    def end(self, seconds: float, status: int | None, retry_after: float | None = None) -> None:
        """Nobody asks."""


@contextmanager
def insisting() -> Iterator[None]:
    """Calls made inside are made even to a vendor known to be down: somebody tests it."""
    reset = _insisting.set(True)
    try:
        yield
    finally:
        _insisting.reset(reset)


def is_insisting() -> bool:
    """Whether the calls of this context are a test."""
    return _insisting.get()
