"""``proctor-hub worker`` with a job for tests, as a program: ``python -m tests.jobs.working``."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.services.hub import Hub


def take_time(_hub: Hub, folder: str, number: int, milliseconds: int) -> None:
    """Write down that it began, work for a while, write down that it ended."""
    note(folder, "began", number)
    time.sleep(milliseconds / 1000)
    note(folder, "ended", number)


def note(folder: str, what: str, number: int) -> None:
    """One line in the journal, whole whatever happens to the process."""
    handle = os.open(Path(folder) / "journal", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, f"{what} {number} {os.getpid()}\n".encode())
    os.close(handle)


TEST_JOBS = catalogue(
    Job(name="take_time", run=take_time, about="takes time", at_once=4, pause_seconds=0.1)
)

if __name__ == "__main__":
    from proctor_hub.cli.worker import work

    try:
        work(jobs=TEST_JOBS)
    except ConfigurationError as error:
        sys.exit(f"proctor-hub: {error}")
