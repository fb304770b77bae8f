"""What ``serve`` and ``worker`` share: a crew that works while the process lives."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from proctor_hub.jobs.crew import Crew

GIVEN_UP = 75
"""The exit status of a process that the others had given up: start it again (``EX_TEMPFAIL``)."""


@contextmanager
def at_work(crew: Crew, on_lost: Callable[[], None]) -> Iterator[None]:
    """The crew works while the block runs; afterwards it drains and leaves."""
    try:
        crew.start(on_lost)
        yield
    finally:
        crew.stop()


def end_now(status: int) -> None:
    """End this process whatever still runs in it: others take that over."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
