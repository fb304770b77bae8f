"""Attempts created per second over HTTP, idempotency key and registration included."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.callbacks import PROCESSES
from benchmarks.databases import ENGINES, fresh
from benchmarks.load import Load, run
from benchmarks.results import Figure
from benchmarks.seed import Plan, seed
from benchmarks.site import access_token, configuration, hub
from proctor_hub.storage.engine import Database

_PLAN = Plan(attempts=100_000, exams=10, stage="none")
_SECONDS = (3, 10)


def measure() -> Iterator[Figure]:
    """With a vendor that answers at once, at 32 connections."""
    for engine in ENGINES:
        with fresh(engine) as url, configuration(url) as config:
            database = Database(url)
            seed(database, _PLAN)
            client = config.client("lms")
            answers = 0
            loads: list[Load] = []
            with hub(config, processes=PROCESSES[engine]) as urls:
                token = access_token(urls[0], *client)
                for seconds in _SECONDS:
                    values = {
                        "BENCH_FOLDER": str(Path(__file__).parent), "BENCH_TOKEN": token,
                        "BENCH_PEOPLE": str(_PLAN.people),
                        # Past what the warm-up may have begun, unanswered requests included.
                        "BENCH_FIRST": str(2 * answers + 1_000 * len(loads)),
                    }  # fmt: skip
                    load = run("creation.lua", urls, connections=32, seconds=seconds, values=values)
                    answers += load.answers
                    loads.append(load)
            made, registered = _made(database)
            database.close()
        if any(load.failed for load in loads) or made < answers or registered < answers:
            raise SystemExit(
                f"{answers} creations were answered, {made} made, {registered} registered, "
                f"{sum(load.failed for load in loads)} failed"
            )
        load = loads[-1]
        yield Figure(
            part="creation", database=engine, name="attempts created, 32 connections",
            value=load.rate, unit="attempts/s",
            detail=f"{PROCESSES[engine]} hub process(es), vendor on the same machine; "
            f"p50 {load.p50_ms:.0f} ms, p99 {load.p99_ms:.0f} ms",
        )  # fmt: skip


def _made(database: Database) -> tuple[int, int]:
    statement = sa.text("SELECT count(*), count(external_id) FROM attempts")
    with database.read() as conn:
        made, registered = conn.execute(statement).one()
    return int(made), int(registered)
