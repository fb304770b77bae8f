"""The relay: takes what services put into the outbox to the LMS and the vendors (design §3, §4).

One per process for now. Each destination has a thread of its own, so a slow one slows no other.
Delivery is at least once and in order per stream; nothing is ever dropped.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from functools import partial

import structlog

from proctor_hub.jobs.delivery import Deliver
from proctor_hub.jobs.destination import Destination
from proctor_hub.jobs.notices import deliver_notice
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import vendor_destination
from proctor_hub.storage import outbox

POLL_SECONDS = 0.5
"""How long something put in by another process, or due again, waits at most to be seen."""

_VENDOR = vendor_destination("")


class Relay:
    """Delivers the outbox of the whole hub.

    :param ways: destination → how it is reached, besides the vendors, which the hub knows; what is
        for a destination without a way waits in the outbox.
    :param poll_seconds: how often it looks without being woken. :param jitter: see
        :class:`~proctor_hub.jobs.destination.Destination`.
    """

    def __init__(
        self,
        hub: Hub,
        ways: Mapping[str, Deliver],
        *,
        poll_seconds: float = POLL_SECONDS,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._hub = hub
        self._ways = dict(ways)
        self._poll_seconds = poll_seconds
        self._jitter = jitter
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._destinations: dict[str, Destination] = {}
        self._threads: list[threading.Thread] = []
        self._watcher: threading.Thread | None = None
        # Replaced as a whole, so that wake() needs no lock.
        self._to_wake: tuple[Destination, ...] = ()

    def start(self) -> None:
        """Begin to deliver, in threads of its own.

        :raises RuntimeError: it was started already.
        """
        if self._watcher is not None:
            raise RuntimeError("this relay was started already")
        self._watcher = threading.Thread(target=self._watch, name="relay", daemon=True)
        self._watcher.start()

    def wake(self, *destinations: str) -> None:
        """The outbox holds something new for these, or for any: the ``Wake`` port.

        Never blocks, never raises. Only those that are at work are woken, and only those named: to
        look for rows at each commit would cost every commit.
        """
        for destination in self._to_wake:
            if not destinations or destination.name in destinations:
                destination.wake()

    def stop(self) -> None:
        """Begin nothing new; return when what is in flight is done and written down."""
        self._stopping.set()
        self._bell.set()
        if self._watcher is not None:
            self._watcher.join()
        for destination in self._destinations.values():
            destination.stop()
        for thread in self._threads:
            thread.join()
        for destination in self._destinations.values():
            destination.close()

    def run_once(self) -> int:
        """Deliver all that can be delivered now, in this thread; return how many rows.

        For tests and one-off commands; not together with :meth:`start`.
        """
        return sum(destination.run_once() for destination in self._found())

    def _watch(self) -> None:
        while True:
            self._bell.clear()
            # Asked after clear(), so that a stop() rung before it is not slept through.
            if self._stopping.is_set():
                return
            try:
                self._start_new()
            except Exception:  # the database may be away for a while; the rows are safe in it
                structlog.get_logger("proctor_hub.relay").error("relay_watch_failed", exc_info=True)
            self._bell.wait(self._poll_seconds)

    def _start_new(self) -> None:
        known = set(self._destinations)
        for destination in self._found():
            if destination.name in known:
                continue
            name = f"relay {destination.name}"
            thread = threading.Thread(
                target=destination.run, args=(self._poll_seconds,), name=name, daemon=True
            )
            self._threads.append(thread)
            self._to_wake = (*self._to_wake, destination)
            thread.start()

    def _found(self) -> list[Destination]:
        """The configured destinations, and others for which something waits and there is a way.

        Those are of vendor accounts whose plugin is broken now: their notices say so and wait.
        """
        with self._hub.database.read() as conn:
            waiting = outbox.destinations(conn)
        usable = [vendor_destination(slug) for slug in self._hub.vendors.vendors]
        names = dict.fromkeys([*self._ways, *usable, *waiting])
        return [found for name in names if (found := self._destination(name)) is not None]

    def _destination(self, name: str) -> Destination | None:
        deliver = self._way_to(name)
        if deliver is None:
            return None
        if name not in self._destinations:
            self._destinations[name] = Destination(self._hub, name, deliver, jitter=self._jitter)
        return self._destinations[name]

    def _way_to(self, name: str) -> Deliver | None:
        if name.startswith(_VENDOR):
            return partial(deliver_notice, self._hub, name.removeprefix(_VENDOR))
        return self._ways.get(name)
