"""This process among those that do the hub's work: it lives, and some of the work is its own.

One row is renewed as long as the process lives. A process that falls silent loses its name and its
work after ``lease_seconds``; one that is stopped gives both back at once. An embedded database has
one process only, which holds a lock on a file beside it: the system takes the lock away with the
process, so a new one begins at once.
"""

from __future__ import annotations

import fcntl
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

import sqlalchemy as sa
import structlog

import proctor_hub
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.shares import Shares, shares
from proctor_hub.storage import workers
from proctor_hub.storage.engine import Database

_log = structlog.get_logger("proctor_hub.worker")


class Membership:
    """A worker's name and what it has claimed; thread-safe.

    :param lease_seconds: how long the others wait for a process that fell silent.
    :param monotonic: seconds, never set back.
    """

    def __init__(
        self,
        database: Database,
        *,
        lease_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lease_seconds = lease_seconds
        self.name = ""
        self._database = database
        self._monotonic = monotonic
        self._nonce = uuid.uuid4().hex
        self._renewed = 0.0
        self._lost = False
        self._claimed: frozenset[str] = frozenset()
        # Free the last time, and not for this worker to take; taken by it, since nobody else did.
        self._left_over: frozenset[str] = frozenset()
        self._unwanted: frozenset[str] = frozenset()
        self._lock = threading.Lock()
        self._file: int | None = None

    def join(self) -> str:
        """Become a worker; returns its name, which also is the job engine's id of this process.

        :raises ConfigurationError: another process works on this embedded database.
        """
        embedded = self._database.dialect == "sqlite"
        if embedded:
            self._file = _only_one(Path(self._database.url.database or ""))
        began = self._monotonic()
        self.name = self._database.write(
            lambda conn: workers.join(
                conn,
                nonce=self._nonce,
                seconds=self.lease_seconds,
                host=socket.gethostname(),
                version=proctor_hub.__version__,
                alone=embedded,
            )
        )
        self._renewed, self._lost = began, False
        return self.name

    @property
    def alone(self) -> bool:
        """Whether no other process can work on this database."""
        return self._file is not None

    @property
    def lives(self) -> bool:
        """Whether the others take this process for alive; False: it must not begin anything.

        Falls a little before the others may take its work over.
        """
        spent = self._monotonic() - self._renewed
        return bool(self.name) and not self._lost and spent < 0.9 * self.lease_seconds

    @property
    def claimed(self) -> frozenset[str]:
        """What is this worker's to do, while it :attr:`lives`."""
        return self._claimed if self.lives else frozenset()

    def renew(self) -> bool:
        """Say that this process lives; False where it was given up by the others meanwhile."""
        began = self._monotonic()
        kept = self._database.write(
            lambda conn: workers.renew(conn, self.name, self._nonce, self.lease_seconds)
        )
        if kept:
            self._renewed = began
        elif not self._lost:
            self._lost = True
            _log.error("worker_lost", worker=self.name)
        return kept

    def balance(self, names: Sequence[str]) -> frozenset[str]:
        """Claim a fair share of ``names``; returns what this worker should let go of.

        What is let go of stays claimed until :meth:`give_up` says that nothing of it is in hand.
        """

        def unit(conn: sa.Connection) -> tuple[Shares, dict[str, str]]:
            workers.one_at_a_time(conn)
            live = {one.name for one in workers.living(conn, self.lease_seconds)} | {self.name}
            owners = workers.owners(conn, live)
            found = shares(names, owners, self.name, sorted(live), self._left_over)
            workers.claim(conn, found.take, self.name)
            return found, owners

        with self._lock:
            found, owners = self._database.write(unit)
            mine = {name for name, owner in owners.items() if owner == self.name}
            self._claimed = frozenset(mine.intersection(names).union(found.take))
            self._unwanted |= self._left_over.intersection(found.take)
            self._left_over = frozenset(names) - set(owners) - set(found.take)
            return found.spare - self._unwanted

    def give_up(self, names: frozenset[str]) -> None:
        """This worker is done with ``names``."""
        with self._lock:
            self._database.write(lambda conn: workers.give_up(conn, names, self.name))
            self._claimed -= names

    def leave(self) -> None:
        """End: name and claims are free at once; harmless where it was not joined."""
        if self.name:
            self._database.write(lambda conn: workers.leave(conn, self.name, self._nonce))
            self.name = ""
        self._claimed, self._lost = frozenset(), True
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _only_one(database: Path) -> int:
    """The lock of an embedded database's one working process; held as long as the file is open."""
    path = database.with_name(database.name + ".lock")
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise ConfigurationError(
            f"another process already works on {database} (it holds {path}): stop it, serve "
            "with --no-jobs, or use PostgreSQL, which many processes may work on."
        ) from None
    return handle
