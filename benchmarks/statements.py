"""SQL statements per review callback and per attempt creation (``before_cursor_execute``)."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import sqlalchemy as sa
import structlog
from fastapi.testclient import TestClient

from benchmarks.bodies import review
from benchmarks.databases import ENGINES, fresh
from benchmarks.results import Figure
from benchmarks.seed import Plan, seed
from benchmarks.site import configuration
from proctor_hub.app import create_app
from proctor_hub.settings import HubSettings
from proctor_hub.storage.engine import Database

_LIMIT = 12.0
_REVIEWED = "/api/edx_proctoring/v1/proctored_exam/attempt/bench-{}/reviewed"


def measure() -> Iterator[Figure]:
    """Through the whole application, in process; relays and sweeps do not run."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    for engine in ENGINES:
        with fresh(engine) as url, configuration(url) as config:
            database = Database(url)
            seed(database, Plan(attempts=100, exams=10))
            database.close()
            vendor, lms = config.client("vendor"), config.client("lms")
            with mock.patch.dict(os.environ, config.environment, clear=True):
                app = create_app(HubSettings.load())
            with TestClient(app) as web:
                yield from _callbacks(engine, web, _authorised(web, vendor))
                yield from _creations(engine, web, app.state.hub.database, _authorised(web, lms))


def _authorised(web: TestClient, client: tuple[str, str]) -> dict[str, str]:
    form = {"grant_type": "client_credentials", "client_id": client[0], "client_secret": client[1]}
    token = web.post("/oauth2/access_token", data=form).json()["access_token"]
    return {"Authorization": f"JWT {token}", "Content-Type": "application/json"}


def _callbacks(engine: str, web: TestClient, headers: dict[str, str]) -> Iterator[Figure]:
    chance = random.Random(1)
    names = ("first review", "first review", "revised review", "repeated review")
    body = ""
    for turn, name in enumerate(names):
        attempt = 0 if turn == 0 else 1  # the first one only warms up
        if name != "repeated review":
            body = review(chance, str(turn))
        with counted() as statements:
            answer = web.post(_REVIEWED.format(attempt), content=body, headers=headers)
        _ensure(answer.status_code == 200, answer.text)
        if turn:
            yield _figure(engine, f"callback, {name}", statements)


def _creations(
    engine: str, web: TestClient, database: Database, headers: dict[str, str]
) -> Iterator[Figure]:
    _forget_attempts(database)
    # The first creation only warms up; the last one is of a learner the vendor knows already.
    for turn, (user, exam) in enumerate(((0, 1), (1, 1), (1, 2))):
        body = {"exam_id": exam, "user_id": f"user-{user}"}
        with counted() as statements:
            answer = web.post(
                "/api/v1/attempts", json=body, headers={**headers, "Idempotency-Key": f"k{turn}"}
            )
        _ensure(answer.status_code == 201, answer.text)
        if turn:
            which = "first" if turn == 1 else "later"
            yield _figure(engine, f"creation, learner's {which} with the vendor", statements)


def _forget_attempts(database: Database) -> None:
    """Archive the seeded attempts, so that their learners may begin anew."""

    def unit(conn: sa.Connection) -> None:
        conn.execute(sa.text("UPDATE attempts SET live = false"))

    database.write(unit)


def _ensure(fine: bool, text: str) -> None:
    if not fine:
        raise SystemExit(f"the hub answered: {text}")


@contextmanager
def counted() -> Iterator[list[str]]:
    """The SQL statements made inside, by whatever thread."""
    statements: list[str] = []

    def count(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(" ".join(statement.split()))

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        yield statements
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)


def _figure(engine: str, name: str, statements: list[str]) -> Figure:
    return Figure(
        part="statements", database=engine, name=name, value=float(len(statements)),
        unit="statements", at_most=_LIMIT, detail="; ".join(map(_short, statements)),
    )  # fmt: skip


def _short(statement: str) -> str:
    """Verb and table."""
    words = statement.split()
    if words[0] == "UPDATE":
        return f"UPDATE {words[1]}"
    for before in ("FROM", "INTO"):
        if before in words:
            return f"{words[0]} {words[words.index(before) + 1]}"
    return words[0]
