"""All that one process does besides answering: relay, rounds, jobs, and its place among others.

Nothing here begins before the process has a name, and nothing goes on when it has lost it: a
process that was silent for too long ends, and whoever looks after processes starts it again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from proctor_hub.jobs.catalogue import JOBS, Job
from proctor_hub.jobs.engine import Engine
from proctor_hub.jobs.membership import Membership
from proctor_hub.jobs.relay import Relay
from proctor_hub.jobs.round_runner import RoundRunner
from proctor_hub.jobs.rounds import Round, rounds_of
from proctor_hub.services.hub import Hub

_HEARTBEAT_SECONDS = 5.0
_SHARE_SECONDS = 2.0
"""How long what one process let go of waits at most for another one."""

_log = structlog.get_logger("proctor_hub.worker")


class Crew:
    """What works in this process.

    :param membership: this process's place among the others.
    :param relay: delivers what of the outbox the membership has claimed; started and stopped here.
    :param drain_seconds: how long a stop waits for what is in hand.
    :param rounds: instead of all of the hub's.
    """

    def __init__(
        self,
        hub: Hub,
        membership: Membership,
        relay: Relay,
        *,
        drain_seconds: float,
        rounds: Sequence[Round] | None = None,
        jobs: Mapping[str, Job] = JOBS,
    ) -> None:
        self.membership = membership
        self.relay = relay
        self._engine = Engine(hub, jobs, lives=lambda: self.membership.lives)
        self._rounds = RoundRunner(
            hub, rounds_of(hub) if rounds is None else rounds, lambda: self.membership.claimed
        )
        self._every_seconds = membership.lease_seconds / 3
        self._drain_seconds = drain_seconds
        self._stopping = threading.Event()
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._on_lost: Callable[[], None] = lambda: None
        self.lost = False
        self.drained = True

    def join(self) -> str:
        """Become one of the processes that work; returns the name.

        :raises ConfigurationError: another process works on this embedded database.
        """
        return self.membership.join()

    def start(self, on_lost: Callable[[], None]) -> None:
        """Begin to work; :meth:`join` comes first.

        :param on_lost: called, once, when the others have given this process up: it must end, and
            not wait for what is in hand, which is done elsewhere by now.
        """
        self._on_lost = on_lost
        _log.info("worker_joined", worker=self.membership.name, pid=os.getpid())
        # First: on a busy machine the rest can take longer than a short lease.
        self._heartbeat.start()
        self._claim()
        self.relay.start()
        self._rounds.start()
        self._engine.start(self.membership.name)
        self._engine.take_over(self.membership.lease_seconds)

    def stop(self) -> None:
        """Begin nothing new, finish what is in hand, leave.

        Where that takes too long, :attr:`drained` is False; the process must end at once then,
        since others take over what it did not finish.
        """
        name = self.membership.name
        until = time.monotonic() + (0.0 if self.lost else self._drain_seconds)
        relay = threading.Thread(target=self.relay.stop, name="relay stop", daemon=True)
        relay.start()
        self._rounds.halt()
        self._engine.halt()
        ended = [
            self._rounds.stop(max(until - time.monotonic(), 0)),
            self._engine.stop(max(until - time.monotonic(), 0)),
        ]
        relay.join(max(until - time.monotonic(), 0.1))
        ended.append(not relay.is_alive())
        # Until here the lease was kept, so that nobody took over what was being finished.
        self._stopping.set()
        if self._heartbeat.ident is not None:
            self._heartbeat.join(_HEARTBEAT_SECONDS)
        self.leave()
        self.drained = all(ended)
        _log.info("worker_left", worker=name, drained=self.drained)

    def leave(self) -> None:
        """Give up name and claims, if they were not yet."""
        self.membership.leave()

    def _beat(self) -> None:
        renew_at = 0.0
        while not self._stopping.wait(min(_SHARE_SECONDS, self._every_seconds)):
            try:
                if time.monotonic() >= renew_at:
                    if not self.membership.renew():
                        self.lost = True
                        self._on_lost()
                        return
                    renew_at = time.monotonic() + self._every_seconds
                    self._engine.take_over(self.membership.lease_seconds)
                self._claim()
            except Exception as error:  # the database may be away for a while
                _log.error("heartbeat_failed", error=type(error).__name__)

    def _claim(self) -> None:
        names = (*self._rounds.names, *self.relay.units())
        if self.membership.alone and self.membership.claimed.issuperset(names):
            return
        too_many = self.membership.balance(names)
        let_go = self._rounds.let_go(too_many.intersection(self._rounds.names))
        let_go |= self.relay.let_go(too_many.difference(self._rounds.names))
        self.membership.give_up(let_go)
        self._rounds.claims_changed()
        self.relay.claims_changed()
