"""Report rows per second and peak memory, next to a bare ``csv.writer`` over the same rows."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.databases import ENGINES, fresh
from benchmarks.memory import forget_peak, peak_mb, resident_mb
from benchmarks.results import Figure
from benchmarks.seed import COURSE_ID, Plan, seed
from proctor_hub.storage.engine import Database
from proctor_hub.storage.report import stream_results

SIZES = (50_000, 1_000_000)
TARGETS = {"sqlite": 100_000.0, "postgresql": 250_000.0}
_PLAIN = (
    "SELECT course_pk, exam_name, username, email, code, allowed_seconds, exam_type, started_at, "
    "completed_at, status, review_label, suspicious_count, suspicious_comments, violation_count, "
    "violation_comments FROM attempts WHERE course_pk = 1 AND exam_type <> 'timed' "
    "ORDER BY exam_name, username, number, id"
)


def measure(sizes: tuple[int, ...] = SIZES) -> Iterator[Figure]:
    """Every figure of the report, on both databases; each run in a process of its own."""
    for engine in ENGINES:
        for size in sizes:
            with fresh(engine) as url:
                yield from _one(engine, url, size)


def _one(engine: str, url: str, size: int) -> Iterator[Figure]:
    database = Database(url)
    start = time.perf_counter()
    seed(database, Plan(attempts=size, stage="reviewed"))
    seeded = time.perf_counter() - start
    database.close()
    part, label = "report", f"{size:,} attempts"
    for name, at_least in (("report", TARGETS[engine]), ("bare csv.writer", None)):
        runs = sorted((_child(name, url) for _ in range(3)), key=lambda run: run["seconds"])
        middle = runs[1]
        if middle["rows"] != size:
            raise SystemExit(f"the {name} has {middle['rows']} rows instead of {size}")
        rates = ", ".join(f"{run['rows'] / run['seconds']:,.0f}" for run in runs)
        yield Figure(
            part=part, database=engine, name=f"{name}, {label}", unit="rows/s",
            value=middle["rows"] / middle["seconds"], at_least=at_least,
            detail=f"median of {rates}; {middle['bytes'] / 1e6:.0f} MB; seeded in {seeded:.0f} s",
        )  # fmt: skip
        yield Figure(
            part=part, database=engine, name=f"{name}, {label}, memory above baseline", unit="MB",
            value=max(run["above"] for run in runs), at_most=60.0 if at_least else None,
            detail=f"baseline {middle['baseline']:.0f} MB",
        )  # fmt: skip


def _child(name: str, url: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.report", name, url]
    result = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    figures: dict[str, float] = json.loads(result.stdout)
    return figures


class _Sink:
    """Counts what is written and drops it."""

    def __init__(self) -> None:
        self.bytes = 0

    def write(self, text: str) -> None:
        self.bytes += len(text)


def _hub_report(database: Database) -> tuple[int, int]:
    rows = size = 0
    for chunk in stream_results(database, 1, COURSE_ID):
        rows += chunk.count(b"\r\n")  # no seeded cell holds a line break
        size += len(chunk)
    return rows - 1, size


def _bare_writer(database: Database) -> tuple[int, int]:
    sink, rows = _Sink(), 0
    with database.snapshot() as conn:
        driver: Any = conn.connection.driver_connection
        if database.dialect == "sqlite":
            cursor = driver.execute(_PLAIN)
        else:
            cursor = driver.cursor(name="bench")
            cursor.itersize = 5_000
            cursor.execute(_PLAIN)
        writer = csv.writer(sink)
        while batch := cursor.fetchmany(5_000):
            writer.writerows(batch)
            rows += len(batch)
        cursor.close()
    return rows, sink.bytes


def _run(work: Callable[[Database], tuple[int, int]], url: str) -> dict[str, float]:
    database = Database(url)
    with database.snapshot() as conn:
        conn.exec_driver_sql("SELECT 1")
    baseline = resident_mb()
    forget_peak()
    start = time.perf_counter()
    rows, size = work(database)
    seconds = time.perf_counter() - start
    above = peak_mb() - baseline
    database.close()
    return {
        "rows": rows, "bytes": size, "seconds": seconds, "baseline": baseline, "above": above,
    }  # fmt: skip


if __name__ == "__main__":
    wanted = _hub_report if sys.argv[1] == "report" else _bare_writer
    print(json.dumps(_run(wanted, sys.argv[2])))
