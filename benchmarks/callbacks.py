"""Review callbacks per second over HTTP, next to the raw commit rate of the same database."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from benchmarks.bodies import review
from benchmarks.commits import raw_commits
from benchmarks.databases import ENGINES, fresh
from benchmarks.load import Load, run
from benchmarks.results import Figure
from benchmarks.seed import Plan, seed
from benchmarks.site import Configuration, access_token, configuration, hub
from proctor_hub.storage.engine import Database

ATTEMPTS = 50_000
PROCESSES = {"sqlite": 1, "postgresql": 2}
_FOLDER = Path(__file__).parent
_CALM = 1.5  # raw rates further apart than this say that something else kept the machine busy
_WARM_S, _MEASURED_S = 3, 10


def measure() -> Iterator[Figure]:
    """Throughput at 32 connections, latency at 8, raw commits before and after."""
    for engine in ENGINES:
        with fresh(engine) as url, configuration(url) as config:
            database = Database(url)
            seed(database, Plan(attempts=ATTEMPTS))
            database.close()
            before = raw_commits(url, processes=PROCESSES[engine])
            figures = _over_http(engine, url, config)
            after = raw_commits(url, processes=PROCESSES[engine])
            yield from _figures(engine, (before + after) / 2, (before, after), *figures)


def _over_http(engine: str, url: str, config: Configuration) -> tuple[Load, Load, str]:
    client = config.client("vendor")
    with hub(config, processes=PROCESSES[engine]) as urls, tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies.jsonl"
        chance = random.Random(1)
        bodies.write_text("".join(review(chance, "@NUMBER@") + "\n" for _ in range(200)))
        values = {
            "BENCH_FOLDER": str(_FOLDER), "BENCH_BODIES": str(bodies),
            "BENCH_ATTEMPTS": str(ATTEMPTS), "BENCH_TOKEN": access_token(urls[0], *client),
        }  # fmt: skip
        loads = [
            run("callbacks.lua", urls, connections=connections, seconds=seconds,
                values={**values, "BENCH_SEED": str(number)})
            for number, (connections, seconds) in enumerate(
                ((32, _WARM_S), (32, _MEASURED_S), (8, _MEASURED_S)), 1
            )
        ]  # fmt: skip
    _ensure_accepted(loads)
    return loads[1], loads[2], _kept(url, loads)


def _ensure_accepted(loads: list[Load]) -> None:
    failed = sum(load.failed for load in loads)
    if failed:
        raise SystemExit(f"{failed} callbacks were not answered by 200")


def _kept(url: str, loads: list[Load]) -> str:
    """What the database holds of them; all that was acknowledged must be there."""
    database = Database(url)
    with database.read() as conn:
        counts = {
            table: int(conn.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())
            for table in ("reviews", "callbacks", "history", "outbox")
        }
    database.close()
    answers = sum(load.answers for load in loads)
    if counts["reviews"] < answers:
        raise SystemExit(f"{answers} callbacks were acknowledged, {counts['reviews']} are kept")
    return f"{answers:,} answers; rows: " + ", ".join(f"{t} {n:,}" for t, n in counts.items())


def _figures(
    engine: str, raw: float, around: tuple[float, float], wide: Load, narrow: Load, kept: str
) -> Iterator[Figure]:
    count = PROCESSES[engine]
    how = f"{count} hub process{'es' if count > 1 else ''}"
    part = "callbacks"
    calm = max(around) <= _CALM * min(around)
    note = "" if calm else "; DISTURBED: the raw rates disagree, no verdict"
    yield Figure(
        part=part, database=engine, name="raw commits", value=raw, unit="commits/s",
        detail=f"{count} connections; before {around[0]:,.0f}, "
        f"after {around[1]:,.0f}{note}",
    )  # fmt: skip
    yield Figure(
        part=part, database=engine, name="accepted, 32 connections", value=wide.rate,
        unit="callbacks/s", at_least=raw / 10 if calm else None,
        detail=f"{how}; {100 * wide.rate / raw:.1f} % of raw (aim 20 %); p50 {wide.p50_ms:.0f} ms, "
        f"p99 {wide.p99_ms:.0f} ms; {kept}",
    )  # fmt: skip
    yield Figure(
        part=part, database=engine, name="p50, 8 connections", value=narrow.p50_ms, unit="ms",
        detail=f"{how}; {narrow.rate:,.0f} callbacks/s",
    )  # fmt: skip
    yield Figure(
        part=part, database=engine, name="p99, 8 connections", value=narrow.p99_ms, unit="ms",
        at_most=100.0 if calm else None, detail=how + note,
    )  # fmt: skip
