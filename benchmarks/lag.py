"""How long after a callback the LMS hears of it, on an idle hub and under load."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import requests

from benchmarks.databases import ENGINES, fresh
from benchmarks.results import Figure
from benchmarks.seed import Plan, seed
from benchmarks.sink import wait_for
from benchmarks.site import access_token, configuration, hub, sink
from proctor_hub.storage.engine import Database

ATTEMPTS = 20_000
RATES = (("idle", 10.0, 10.0), ("at 500 callbacks/s", 500.0, 10.0))
"""Name, callbacks per second asked for, seconds."""


def measure() -> Iterator[Figure]:
    """Both situations on both databases; the hub as it is served by default, one process."""
    for engine in ENGINES:
        with (
            sink() as lms,
            fresh(engine) as url,
            configuration(url, lms=lms) as config,
        ):
            database = Database(url)
            seed(database, Plan(attempts=ATTEMPTS))
            database.close()
            client = config.client("vendor")
            with hub(config, processes=1) as urls:
                token, first = access_token(urls[0], *client), 0
                for name, rate, seconds in RATES:
                    requests.delete(lms, timeout=10).raise_for_status()
                    command = [sys.executable, "-m", "benchmarks.paced", urls[0], token]
                    command += [str(first), str(rate), str(seconds)]
                    out = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
                    sent = json.loads(out.stdout)
                    if sent["accepted"] != sent["sent"]:
                        raise SystemExit(f"{sent} - not all were answered by 200")
                    first += int(sent["sent"])
                    found = wait_for(lms, int(sent["sent"]), 60)
                    yield from _figures(engine, name, sent, found)


def _figures(
    engine: str, name: str, sent: dict[str, float], found: dict[str, float]
) -> Iterator[Figure]:
    reached = sent["sent"] / sent["seconds"]
    detail = f"{reached:,.0f} callbacks/s reached; {found['events']:,} events seen"
    for percentile in ("p50", "p99"):
        yield Figure(
            part="lag", database=engine, name=f"{percentile}, {name}",
            value=found[f"{percentile}_ms"], unit="ms", detail=detail,
        )  # fmt: skip
