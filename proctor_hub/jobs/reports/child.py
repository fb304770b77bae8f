"""The writing process as the job sees it: started, listened to, never left behind."""

from __future__ import annotations

import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from subprocess import PIPE
from typing import IO

from proctor_hub.jobs.reports.order import Order, Said, said_in

SILENCE_SECONDS = 300.0
"""A writing process that says nothing for so long hangs: at the database, or at the storage."""

COMMAND = (sys.executable, "-m", "proctor_hub.jobs.reports.writer")


class WritingFailed(Exception):
    """There is no file; the message says why, without personal data, addresses or keys."""


class Fenced(Exception):
    """Another run makes the report by now: this one is to stop and leave no trace."""


def write(
    order: Order, heard: Callable[[Said], bool], *, silence_seconds: float = SILENCE_SECONDS
) -> Said:
    """Have the file written; returns what the process said last, with the size.

    :param heard: is told how far it is, about once a second; False: stop.
    :raises Fenced: ``heard`` said so. :raises WritingFailed: the process failed, was killed, or
        was silent for ``silence_seconds``. In any case no process is left.
    """
    # Without the terminal's signals: when this process ends, the pipe tells the other one.
    with subprocess.Popen(  # noqa: S603 - our own program
        COMMAND, bufsize=0, stdin=PIPE, stdout=PIPE, start_new_session=True
    ) as process:
        lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        listener = threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True)
        listener.start()
        try:
            _tell(process.stdin, order)
            return _follow(process, lines, heard, silence_seconds)
        finally:
            process.kill()
            listener.join()


def _tell(pipe: IO[bytes] | None, order: Order) -> None:
    rest = memoryview(order.line())
    try:
        while pipe is not None and rest:
            rest = rest[pipe.write(rest) :]
    except BrokenPipeError:
        raise WritingFailed("the writing process ended before it began") from None


def _follow(
    process: subprocess.Popen[bytes],
    lines: queue.SimpleQueue[bytes],
    heard: Callable[[Said], bool],
    silence_seconds: float,
) -> Said:
    while True:
        try:
            line = lines.get(timeout=silence_seconds)
        except queue.Empty:
            raise WritingFailed(
                f"the writing process said nothing for {silence_seconds:.0f} s"
            ) from None
        if not line.endswith(b"\n"):  # the end: it said nothing that decides
            raise WritingFailed(_how_it_ended(process.wait()))
        said = said_in(line)
        if said.failed:
            raise WritingFailed(said.failed)
        if said.size is not None:
            return said
        if not heard(said):
            raise Fenced


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"the writing process was killed by signal {-status}"
    return f"the writing process ended with status {status}; its errors are in the log"


def _listen(pipe: IO[bytes] | None, lines: queue.SimpleQueue[bytes]) -> None:
    for line in pipe or ():
        lines.put(line)
    lines.put(b"")
