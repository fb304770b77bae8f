"""Calls that set off together on threads of their own, and what became of each.

Nothing here waits for time: a barrier lets all of them go at once, and one that does not come back
within :data:`PATIENCE` is a failure that shows where it hangs.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.errors import DomainError
from proctor_hub.services.errors import ServiceError
from proctor_hub.services.hub import Hub
from proctor_hub.web import problems

PATIENCE = 30.0
"""Seconds after which a call counts as hanging."""

Call = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Ending:
    """What a call returned, or what it raised."""

    value: Any = None
    error: BaseException | None = None

    @property
    def name(self) -> str:
        """``ok``, or the kind of the refusal."""
        return "ok" if self.error is None else type(self.error).__name__

    @property
    def status(self) -> int:
        """What a machine is answered: 200, or the status of the problem document."""
        match self.error:
            case None:
                return self.value if isinstance(self.value, int) else 200
            case DomainError():
                return problems.of_domain(self.error).status_code
            case ServiceError():
                return problems.of_service(self.error).status_code
        return 500


class Running:
    """A call on a thread of its own."""

    def __init__(self, call: Call, ready: threading.Barrier | None = None) -> None:
        self._call = call
        self._ready = ready
        self._ending: Ending | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            if self._ready is not None:
                self._ready.wait(PATIENCE)
            self._ending = Ending(value=self._call())
        except BaseException as error:
            self._ending = Ending(error=error)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._ending is not None

    def ending(self, until: float) -> Ending:
        """What became of it; fails where it hangs at ``until`` (monotonic seconds)."""
        self.thread.join(max(0.0, until - time.monotonic()))
        if self._ending is None:
            frame = sys._current_frames().get(self.thread.ident or 0)
            where = "".join(traceback.format_stack(frame)) if frame else "nowhere"
            raise AssertionError(f"a call hangs after {PATIENCE:.0f} s:\n{where}")
        return self._ending


def race(*calls: Call) -> list[Ending]:
    """Make the calls at the same moment; what became of each, in their order."""
    barrier = threading.Barrier(len(calls))
    running = [Running(call, barrier) for call in calls]
    until = time.monotonic() + PATIENCE
    return [one.ending(until) for one in running]


def names(endings: Sequence[Ending]) -> list[str]:
    """The kinds of the endings, sorted."""
    return sorted(ending.name for ending in endings)


def clean(endings: Sequence[Ending]) -> None:
    """Every loser was told in words that a machine understands; nobody saw a server error."""
    for ending in endings:
        if ending.status >= 500:
            raise AssertionError(f"no clean end: {ending}") from ending.error


@contextmanager
def without_deadlocks(hub: Hub) -> Iterator[None]:
    """Fails where the database broke a deadlock, even if the unit was simply run again."""
    broken: list[str] = []

    def look(context: sa.engine.ExceptionContext) -> None:
        if getattr(context.original_exception, "sqlstate", None) == "40P01":
            broken.append(str(context.statement))

    sa.event.listen(hub.database.engine, "handle_error", look)
    try:
        yield
    finally:
        sa.event.remove(hub.database.engine, "handle_error", look)
    assert not broken, ("a deadlock", broken)
