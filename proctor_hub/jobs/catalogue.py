"""Every job there is: what runs, how often it is tried, how many of a kind at once.

A job that is not here is refused when it is put into the queue. Its name is written into the
database and read by other versions of the hub: it keeps its meaning and its arguments for ever. A
job that must change either gets a new name, and the old one stays here until none of it waits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from proctor_hub.jobs.reports.make import make_report
from proctor_hub.jobs.reports.tending import delete_report_file
from proctor_hub.services.reports import MAKE, REMOVE_FILES

_NAME = re.compile(r"[a-z][a-z0-9_]{2,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A kind of long work.

    :param run: called as ``run(hub, *args)``; may be called again after a crash, or at the same
        time by a process that was thought dead, so doing it twice has to be as good as once. What
        it raises makes it be tried again.
    :param attempts: so often it is tried in a row, before it is failed and waits for an operator.
    :param pause_seconds: before the second try; doubled before each later one, an hour at most.
    :param at_once: so many of it at the same time in one process.
    :param patience_seconds: when one that waits or runs for longer means that something is wrong.
    :param about: what it does, in a few words for operators.
    """

    name: str
    run: Callable[..., object]
    about: str
    attempts: int = 5
    pause_seconds: float = 5.0
    at_once: int = 1
    patience_seconds: float = 3600.0


def catalogue(*jobs: Job) -> Mapping[str, Job]:
    """The jobs by name.

    :raises ValueError: a name is taken or cannot be one, or a bound makes no sense.
    """
    found: dict[str, Job] = {}
    for job in jobs:
        if not _NAME.fullmatch(job.name) or job.name in found:
            raise ValueError(f"{job.name!r} cannot name a job, or names another one already")
        if min(job.attempts, job.at_once) < 1 or min(job.pause_seconds, job.patience_seconds) <= 0:
            raise ValueError(f"job {job.name}: bounds must be positive")
        found[job.name] = job
    return MappingProxyType(found)


def patience(jobs: Iterable[Job]) -> dict[str, float]:
    """Name → seconds that one of it may wait or run."""
    return {job.name: job.patience_seconds for job in jobs}


JOBS: Mapping[str, Job] = catalogue(
    # One at a time in a process: what callbacks need of the machine must be left for them.
    Job(name=MAKE, run=make_report, about="makes a results report"),
    Job(name=REMOVE_FILES, run=delete_report_file, about="removes an erased report's file"),
)
