"""A whole report job at a million rows: rows per second, and the memory of both processes."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from benchmarks.databases import ENGINES, fresh
from benchmarks.memory import forget_peak, peak_mb, peak_mb_of, resident_mb
from benchmarks.results import Figure
from benchmarks.seed import COURSE_ID, Plan, seed
from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.domain.words import Role
from proctor_hub.jobs.reports.make import make_report
from proctor_hub.services import reports
from proctor_hub.services.breakers import Breakers
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.keyring import Key, Keyring
from proctor_hub.storage.engine import Database
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.vendors.observers import Observers
from proctor_hub.vendors.registry import load_registry

SIZE = 1_000_000
_OPERATOR = Actor(role=Role.OPERATOR, id="bench")
_PART = "report_job"
_LOOK_SECONDS = 0.02


class _Kept:
    """The jobs port: the benchmark runs the job itself."""

    def enqueue(
        self, conn: sa.Connection, job: str, *args: str | int, key: str, delay: float = 0.0
    ) -> None:
        """Nothing."""


def measure(size: int = SIZE) -> Iterator[Figure]:
    """Every figure, on both databases; each in a process of its own."""
    for engine in ENGINES:
        with fresh(engine) as url:
            database = Database(url)
            seed(database, Plan(attempts=size, stage="reviewed"))
            database.close()
            command = [sys.executable, "-m", "benchmarks.report_job", url]
            done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
            yield from _figures(engine, size, json.loads(done.stdout.splitlines()[-1]))


def _figures(engine: str, size: int, run: dict[str, float]) -> Iterator[Figure]:
    if run["rows"] != size:
        raise SystemExit(f"the report has {run['rows']} rows instead of {size}")
    label = f"{size:,} rows"
    yield Figure(
        part=_PART, database=engine, name=f"report job, {label}", unit="rows/s",
        value=run["rows"] / run["seconds"],
        detail=f"{run['seconds']:.1f} s from the claim to ready; {run['bytes'] / 1e6:.0f} MB",
    )  # fmt: skip
    yield Figure(
        part=_PART, database=engine, name=f"report job, {label}, hub's memory above baseline",
        unit="MB", value=run["parent_above"], at_most=20.0,
        detail=f"baseline {run['parent_baseline']:.0f} MB",
    )  # fmt: skip
    yield Figure(
        part=_PART, database=engine, name=f"report job, {label}, writing process's peak memory",
        unit="MB", value=run["child_peak"], at_most=200.0,
    )  # fmt: skip


def _run(url: str) -> dict[str, float]:
    with tempfile.TemporaryDirectory(dir=Path(__file__).with_name("out")) as folder:
        hub = _hub(url, folder)
        asked = reports.request_report(hub, _OPERATOR, COURSE_ID, ReportKind.RESULTS)
        watch = _Watch()
        baseline = resident_mb()
        forget_peak()
        start = time.perf_counter()
        make_report(hub, asked.id)
        seconds = time.perf_counter() - start
        above = peak_mb() - baseline
        watch.end()
        made = reports.get_report(hub, _OPERATOR, asked.code)
        if made.status is not ReportStatus.READY:
            raise SystemExit(f"the report is {made.status}: {made.error}")
        hub.database.close()
    return {
        "rows": made.rows_done, "bytes": made.size or 0, "seconds": seconds,
        "parent_baseline": baseline, "parent_above": above, "child_peak": watch.peak,
    }  # fmt: skip


class _Watch:
    """The writing process's peak memory, looked up while it lives."""

    def __init__(self) -> None:
        self.peak = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def end(self) -> None:
        """No more looking."""
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            for children in Path("/proc/self/task").glob("*/children"):
                for pid in children.read_text().split():
                    self.peak = max(self.peak, peak_mb_of(int(pid)))


def _hub(url: str, folder: str) -> Hub:
    keys = Keyring([Key("bench", b"b" * 32)])
    database = Database(url)
    return Hub(
        database=database,
        breakers=Breakers(database, _now),
        vendors=load_registry(
            [], public_url="http://127.0.0.1", keys=keys.derive("none"), clock=_now
        ),
        observers=Observers(),
        keyring=keys,
        now=_now,
        public_url="http://127.0.0.1",
        jobs=_Kept(),
        report_files=ReportFiles(folder),
    )


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    print(json.dumps(_run(sys.argv[1])))
