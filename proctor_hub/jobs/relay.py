"""The relay: takes what services put into the outbox where it belongs (design §3, §4).

Each destination has threads of its own, so a slow one slows no other. Delivery is at least once and
in order per stream; nothing is ever dropped. Where several processes deliver, each of them works on
the units it has claimed: a destination, or a part of one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

import structlog

from proctor_hub.jobs.delivery import Deliver, Patience, guarded
from proctor_hub.jobs.destination import Destination, unit_name
from proctor_hub.jobs.notices import deliver_notice
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import is_lms, vendor_destination
from proctor_hub.storage import outbox
from proctor_hub.storage.outbox import Part

POLL_SECONDS = 0.5
"""How long something put in by another process, or due again, waits at most to be seen."""

PARTS = 4
"""Parts of an LMS endpoint's streams where several processes can work at it: its events are most
of the outbox. Never changed while processes run: they must agree on who has which stream."""

_VENDOR = vendor_destination("")
_log = structlog.get_logger("proctor_hub.relay")


class Relay:
    """Delivers the outbox, or this process's share of it.

    :param ways: destination → how it is reached, besides the vendors, which the hub knows; what is
        for a destination without a way waits in the outbox.
    :param claimed: the units that are this process's now; None: all of them, always.
    :param poll_seconds: how often it looks without being woken.
    """

    def __init__(
        self,
        hub: Hub,
        ways: Mapping[str, Deliver],
        *,
        claimed: Callable[[], frozenset[str]] | None = None,
        patience: Patience | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._hub = hub
        self._ways = dict(ways)
        self._claimed = claimed
        self._patience = patience or Patience()
        self._poll_seconds = poll_seconds
        self._wanted_back: frozenset[str] = frozenset()
        self._bell = threading.Event()
        self._stopping = threading.Event()
        self._destinations: dict[str, Destination] = {}
        self._threads: dict[str, threading.Thread] = {}
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

    def claims_changed(self) -> None:
        """Look at ``claimed`` again, now."""
        self._bell.set()

    def stop(self) -> None:
        """Begin nothing new; return when what is in flight is done and written down."""
        self._stopping.set()
        self._bell.set()
        if self._watcher is not None:
            self._watcher.join()
        for destination in self._destinations.values():
            destination.stop()
        for thread in self._threads.values():
            thread.join()
        for destination in self._destinations.values():
            destination.close()

    def run_once(self) -> int:
        """Deliver all that can be delivered now, in this thread; return how many rows.

        For tests and one-off commands; not together with :meth:`start`.
        """
        return sum(self._made(unit).run_once() for unit in self._found())

    def units(self) -> tuple[str, ...]:
        """All units of work this process could claim, as the configuration and the outbox are."""
        return tuple(self._found())

    def at_work(self) -> frozenset[str]:
        """The units something is in hand of, or may be at any moment."""
        return frozenset(self._threads)

    def let_go(self, names: Collection[str]) -> frozenset[str]:
        """Begin none of ``names``; returns those of which nothing is in hand."""
        self._wanted_back = frozenset(names)
        self._bell.set()
        return self._wanted_back - self.at_work()

    def _watch(self) -> None:
        while True:
            self._bell.clear()
            # Asked after clear(), so that a stop() rung before it is not slept through.
            if self._stopping.is_set():
                return
            try:
                self._arrange()
            except Exception:  # the database may be away for a while; the rows are safe in it
                _log.error("relay_watch_failed", exc_info=True)
            self._bell.wait(self._poll_seconds)

    def _arrange(self) -> None:
        """Have every unit that is this process's at work, and no other."""
        found = self._found()
        mine = set(found) if self._claimed is None else self._claimed() & set(found)
        mine -= self._wanted_back
        for unit in list(self._threads):
            if unit not in mine:
                self._destinations[unit].stop()
            # Also one that was told to stop, ended late, and is this process's again by now.
            if not self._threads[unit].is_alive():
                self._destinations.pop(unit).close()
                del self._threads[unit]
        new = [self._made(unit) for unit in sorted(mine - set(self._threads))]
        # Before they look for the first time: what is put in after that look must wake them.
        self._to_wake = (*(self._destinations[unit] for unit in self._threads), *new)
        for destination in new:
            self._begin(destination)

    def _begin(self, destination: Destination) -> None:
        name = f"relay {destination.unit}"
        thread = threading.Thread(
            target=destination.run, args=(self._poll_seconds,), name=name, daemon=True
        )
        self._threads[destination.unit] = thread
        thread.start()

    def _found(self) -> Iterable[str]:
        """The units of the configured destinations, and of others for which something waits and
        there is a way: vendor accounts whose plugin is broken now; their notices say so and wait.
        """
        with self._hub.database.read() as conn:
            waiting = outbox.destinations(conn)
        usable = [vendor_destination(slug) for slug in self._hub.vendors.vendors]
        names = dict.fromkeys([*self._ways, *usable, *waiting])
        return [
            unit_name(name, part)
            for name in names
            if self._way_to(name) is not None
            for part in self._parts_of(name)
        ]

    def _parts_of(self, name: str) -> list[Part | None]:
        # An embedded database has one process, and one relay for all of its streams.
        if self._claimed is None or self._hub.database.dialect == "sqlite" or not is_lms(name):
            return [None]
        return [Part(number, PARTS) for number in range(PARTS)]

    def _made(self, unit: str) -> Destination:
        if unit not in self._destinations:
            name, _, number = unit.partition("/")
            deliver = self._way_to(name)
            if deliver is None:
                raise LookupError(f"there is no way to {name}")
            part = Part(int(number.partition("of")[0]) - 1, PARTS) if number else None
            self._destinations[unit] = Destination(
                self._hub,
                name,
                deliver,
                patience=self._patience,
                part=part,
                may_work=partial(self._may_work, unit),
            )
        return self._destinations[unit]

    def _may_work(self, unit: str) -> bool:
        if unit in self._wanted_back:
            return False
        return self._claimed is None or unit in self._claimed()

    def _way_to(self, name: str) -> Deliver | None:
        if name.startswith(_VENDOR):
            # Its HTTP client has the account's breaker already.
            return partial(deliver_notice, self._hub, name.removeprefix(_VENDOR))
        way = self._ways.get(name)
        return None if way is None else guarded(self._hub.breakers, name, way)
