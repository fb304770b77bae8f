"""A total deadline for one HTTP exchange, kept on the socket itself.

``requests`` has time-outs per read only: a server that sends one byte every few seconds, in the
headers or in the body, is never late by them. Here every read of the socket gets no more time than
is left of the whole exchange. Not bounded: the name look-up, which the C library does by itself.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager
from urllib3.util.retry import Retry

_IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_outer_limit: ContextVar[float | None] = ContextVar("vendor_call_limit", default=None)


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Let all vendor calls made inside take ``seconds`` together at most (design §3).

    For calls within a learner's request; an outer, earlier limit stays in force. Does not prolong
    the client's own total deadline.
    """
    mine = time.monotonic() + seconds
    outer = _outer_limit.get()
    reset = _outer_limit.set(mine if outer is None else min(mine, outer))
    try:
        yield
    finally:
        _outer_limit.reset(reset)


def seconds_left() -> float:
    """What is left of the innermost :func:`time_limit`; infinite outside of any."""
    outer = _outer_limit.get()
    return math.inf if outer is None else outer - time.monotonic()


class Deadline:
    """When the running exchange of one session must be over; one session, one thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """``monotonic``: the clock, seconds; :func:`time_limit` counts on the real one."""
        self._monotonic = monotonic
        self._ends_at = 0.0

    def start(self, seconds: float) -> None:
        """Give the next exchange ``seconds``, or less where :func:`time_limit` says so."""
        outer = _outer_limit.get()
        left = seconds if outer is None else min(seconds, outer - time.monotonic())
        self._ends_at = self._monotonic() + left

    def bound(self, timeout: float | None) -> float:
        """``timeout`` cut to what is left.

        :raises TimeoutError: nothing is left.
        """
        left = self._ends_at - self._monotonic()
        if left <= 0:
            raise TimeoutError("the total deadline is over")
        return left if timeout is None else min(timeout, left)


class _TimedReader(io.RawIOBase):
    """A socket's raw reader that sets the socket's time-out anew before each read."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._sock = sock
        self._read_timeout = sock.gettimeout()
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._deadline.bound(self._read_timeout))
        count: int | None = self._raw.readinto(buffer)
        return count

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def timed_reader(sock: Any, deadline: Deadline) -> io.BufferedReader:
    """A file of what a connected socket receives; no read lasts longer than ``deadline`` allows.

    Nor longer than the socket's time-out as it is now.
    """
    return io.BufferedReader(_TimedReader(sock, deadline))


class _TimedSocket:
    """A connected socket whose file objects keep the deadline; all else is the socket's own."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return timed_reader(self._sock, self._deadline)


def _pools(deadline: Deadline) -> dict[str, type[HTTPConnectionPool]]:
    """Connection pools whose connections are under ``deadline`` from connect to the last byte."""

    class TimedHTTPConnection(HTTPConnection):
        def connect(self) -> None:
            _connect(self, super().connect, deadline)

    class TimedHTTPSConnection(HTTPSConnection):
        def connect(self) -> None:
            _connect(self, super().connect, deadline)

    class TimedHTTPPool(HTTPConnectionPool):
        ConnectionCls = TimedHTTPConnection

    class TimedHTTPSPool(HTTPSConnectionPool):
        ConnectionCls = TimedHTTPSConnection

    return {"http": TimedHTTPPool, "https": TimedHTTPSPool}


def _connect(connection: Any, connect: Callable[[], None], deadline: Deadline) -> None:
    # A second try must not get the whole connect time-out again.
    connection.timeout = deadline.bound(connection.timeout)
    connect()
    connection.sock = _TimedSocket(connection.sock, deadline)


class _ConnectRetry(Retry):
    """One more try where no connection came about, for idempotent methods only.

    urllib3 itself would repeat any method then; the host's relay repeats the others (design §4).
    """

    def increment(self, method: str | None = None, *args: Any, **kwargs: Any) -> Self:
        tries = self if method in _IDEMPOTENT else self.new(total=0)
        return Retry.increment(tries, method, *args, **kwargs)


class DeadlineAdapter(HTTPAdapter):
    """Transport of one session: its sockets keep the session's :class:`Deadline`."""

    def __init__(self, deadline: Deadline) -> None:
        """``deadline``: started by the caller before each exchange."""
        self._timed_pools = _pools(deadline)
        retries = _ConnectRetry(
            total=1,
            connect=1,
            read=0,
            redirect=0,
            status=0,
            other=0,
            respect_retry_after_header=False,
        )
        super().__init__(max_retries=retries)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use pools of timed connections."""
        super().init_poolmanager(*args, **kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = self._timed_pools
