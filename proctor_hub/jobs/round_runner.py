"""Runs rounds in threads of their own, those that this process has claimed."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence

import structlog

from proctor_hub.jobs.rounds import Round
from proctor_hub.services import pacing
from proctor_hub.services.hub import Hub

_CLAIM = "round:"
_log = structlog.get_logger("proctor_hub.rounds")


class RoundRunner:
    """Does the rounds this process has claimed.

    :param claimed: the names of all that this process may do now.
    """

    def __init__(
        self, hub: Hub, rounds: Sequence[Round], claimed: Callable[[], Collection[str]]
    ) -> None:
        self._hub = hub
        self._claimed = claimed
        self._threads = [
            threading.Thread(target=self._loop, args=(one,), name=f"round {one.name}", daemon=True)
            for one in rounds
        ]
        self._changed = threading.Condition()
        self._stopping = False
        self._wanted_back: frozenset[str] = frozenset()
        self._running: set[str] = set()
        self.names: tuple[str, ...] = tuple(_CLAIM + one.name for one in rounds)

    def start(self) -> None:
        """Begin; each claimed round is done at once, then after its pause."""
        for thread in self._threads:
            thread.start()

    def claims_changed(self) -> None:
        """What this process has claimed is not what it was: look again."""
        with self._changed:
            self._changed.notify_all()

    def let_go(self, names: Collection[str]) -> frozenset[str]:
        """Begin none of ``names``; returns those of which nothing is in hand."""
        with self._changed:
            self._wanted_back = frozenset(names) & frozenset(self.names)
            return self._wanted_back - self._running

    def halt(self) -> None:
        """Begin nothing new."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def stop(self, seconds: float) -> bool:
        """:meth:`halt`; False where ``seconds`` did not suffice for what is in hand."""
        self.halt()
        with self._changed:
            return self._changed.wait_for(lambda: not self._running, timeout=seconds)

    def _loop(self, one: Round) -> None:
        name = _CLAIM + one.name
        next_at = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._mine(name))
                rest = next_at - time.monotonic()
                if rest > 0:
                    self._changed.wait_for(lambda: self._stopping, timeout=rest)
                if self._stopping:
                    return
                if not self._mine(name):
                    # Another process did it meanwhile, so there is nothing to wait for.
                    next_at = 0.0
                    continue
                self._running.add(name)
            self._do(one)
            next_at = time.monotonic() + one.every_seconds
            with self._changed:
                self._running.discard(name)
                self._changed.notify_all()

    def _mine(self, name: str) -> bool:
        return name in self._claimed() and name not in self._wanted_back

    def _do(self, one: Round) -> None:
        with structlog.contextvars.bound_contextvars(round=one.name):
            try:
                with pacing.until(lambda: self._stopping or not self._mine(_CLAIM + one.name)):
                    one.run(self._hub)
            except Exception as error:  # the next one does what this one could not
                _log.error("round_failed", error=type(error).__name__, exc_info=True)
