"""The clock's round, at regular times: attempts whose time is over are timed out or expired."""

from __future__ import annotations

import threading

import structlog

from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.hub import Hub

EVERY_SECONDS = 10.0
"""How long after its end an attempt nobody looks at is noticed, at most."""


class Sweeper:
    """Runs the sweep in a thread of its own (domain §3: the same result as on access)."""

    def __init__(self, hub: Hub, *, every_seconds: float = EVERY_SECONDS) -> None:
        """``every_seconds``: the pause between two rounds."""
        self._hub = hub
        self._every_seconds = every_seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, with a first round at once.

        :raises RuntimeError: it was started already.
        """
        if self._thread is not None:
            raise RuntimeError("this sweeper was started already")
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the round in hand."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                sweep(self._hub)
            except Exception:  # the next round does what this one could not
                structlog.get_logger("proctor_hub.sweeper").error("sweep_failed", exc_info=True)
            self._stopping.wait(self._every_seconds)
