"""Server time and weight of pages, in a hub of a hundred thousand attempts.

Each page is asked of the whole application (see :mod:`benchmarks.in_process`) by a learner of its
own who has an attempt at each of ten exams, the first of which stands as the page's name says. The
vendor answers at once. Each time is the median of several calls. A weight is the page and all files
it names, as they are sent. The heaviest pages are the staff's long lists.
"""

from __future__ import annotations

import logging
import os
import re
import statistics
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import sqlalchemy as sa
import structlog
from fastapi import FastAPI

from benchmarks.databases import ENGINES, fresh
from benchmarks.in_process import InProcess
from benchmarks.results import Figure
from benchmarks.seed import COURSE_ID, Plan, seed
from benchmarks.site import configuration
from benchmarks.statements import counted
from proctor_hub.app import create_app
from proctor_hub.domain.words import AttemptStatus, Role
from proctor_hub.services.access import launch_links, sign_ins
from proctor_hub.services.access.launch_links import Bounds
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import grant_staff
from proctor_hub.settings import HubSettings
from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import attempts, people
from proctor_hub.web.pages.visits import cookie_name

ATTEMPTS = 100_000
LIMIT_MS = 15.0
LIMIT_KB = 100.0
_CALLS, _WARM = 25, 5
_EXAM = 1
_FILES = re.compile(r'(?:src|href)="(/static/[^"]+)"')
_S = AttemptStatus
_STATES: Mapping[str, AttemptStatus] = {
    "software being set up": _S.DOWNLOAD_SOFTWARE_CLICKED,
    "session being prepared": _S.CREATED,
    "ready to start": _S.READY_TO_START,
    "running": _S.STARTED,
    "before submitting": _S.READY_TO_SUBMIT,
    "result pending": _S.SUBMITTED,
    "second review": _S.SECOND_REVIEW_REQUIRED,
    "satisfactory": _S.VERIFIED,
    "unsatisfactory": _S.REJECTED,
    "declined": _S.DECLINED,
    "expired": _S.EXPIRED,
    "error": _S.ERROR,
    "onboarding missing": _S.ONBOARDING_MISSING,
}


def measure() -> Iterator[Figure]:
    """Every page of a learner, on both databases."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    for engine in ENGINES:
        with fresh(engine) as url, configuration(url) as config:
            database = Database(url)
            seed(database, Plan(attempts=ATTEMPTS, stage="mixed"))
            database.close()
            with mock.patch.dict(os.environ, config.environment, clear=True):
                app = create_app(HubSettings.load())
            hub: Hub = app.state.hub
            weights: dict[str, int] = {}
            for name, number, path in _pages(hub):
                browser = _browser(app, hub, f"user-{number}")
                yield _measured(engine, browser, name, path)
                weights[name] = _weight(browser, path)
            if engine == ENGINES[0]:  # no database makes a page heavier
                yield from _weights(app, hub, max(weights.values()))
            hub.database.close()


def _pages(hub: Hub) -> Iterator[tuple[str, int, str]]:
    """Name, whose page, and its path; the attempts are put where the names say."""
    exam = f"/learn/exams/{_EXAM}"
    for number, (name, status) in enumerate(_STATES.items()):
        hub.database.write(lambda conn, n=number, s=status: _put(conn, n, s))
        yield f"exam, {name}", number, exam
    fresh_one = len(_STATES)
    hub.database.write(lambda conn: _put(conn, fresh_one, None))
    yield "exam, before it begins", fresh_one, exam
    yield "my exams", 0, "/learn"
    yield "waiting for the vendor", 0, exam + "/waiting?seen="
    yield "clock", list(_STATES).index("running"), exam + "/clock"


def _put(conn: sa.Connection, number: int, status: AttemptStatus | None) -> None:
    """Put a learner's attempt at the exam into a status; None: there is none."""
    person = sa.select(people.c.id).where(people.c.user_id == f"user-{number}").scalar_subquery()
    mine = (attempts.c.person_pk == person) & (attempts.c.exam_pk == _EXAM)
    now = datetime.now(UTC)
    values: dict[str, Any] = {"live": False}
    if status is not None:
        values = {
            "status": status,
            "created_at": now,
            "ready_at": now,
            "started_at": now,
            "deadline_at": now + timedelta(minutes=90),
            "completed_at": None,
        }
    if conn.execute(attempts.update().where(mine).values(values)).rowcount != 1:
        raise SystemExit(f"learner {number} has not one attempt at exam {_EXAM}")


def _measured(engine: str, browser: InProcess, name: str, path: str) -> Figure:
    times, statements = [], 0
    for turn in range(_CALLS + _WARM):
        with counted() as made:
            began = time.perf_counter()
            answer = browser.get(path)
            took = (time.perf_counter() - began) * 1000
        if answer.status not in (200, 204):
            raise SystemExit(f"{name}: {answer.status} {answer.body[:500]!r}")
        if turn >= _WARM:
            times.append(took)
            statements = len(made)
    return Figure(
        part="learner_pages", database=engine, name=name, value=statistics.median(times),
        unit="ms", at_most=LIMIT_MS,
        detail=f"worst of {_CALLS}: {max(times):.1f} ms; {statements} statements",
    )  # fmt: skip


def _weights(app: FastAPI, hub: Hub, heaviest: int) -> Iterator[Figure]:
    """The weight of the heaviest of the learner's pages, and of the staff's longest ones."""
    yield _weighed("weight, the heaviest of a learner", heaviest)
    operator = Actor(role=Role.OPERATOR, id="bench")
    for user_id, role in (("user-100", Role.SUPPORT), ("user-101", Role.OPERATOR)):
        grant_staff(hub, operator, user_id=user_id, role=role)
    with hub.database.read() as conn:
        query = sa.select(attempts.c.code).where(attempts.c.status == _S.SECOND_REVIEW_REQUIRED)
        code = conn.execute(query.limit(1)).scalar_one()
    support, chief = (_browser(app, hub, who) for who in ("user-100", "user-101"))
    for name, browser, path in (
        ("table of attempts", support, f"/courses/{COURSE_ID}/attempts?sort=exam"),
        ("page of an attempt", support, f"/attempts/{code}"),
        ("queue of second reviews", support, f"/courses/{COURSE_ID}/second-reviews"),
        ("operators' overview", chief, "/operator"),
        ("audit log", chief, "/operator/audit"),
        ("settings", chief, "/operator/settings"),
    ):
        yield _weighed(f"weight, {name}", _weight(browser, path))


def _weighed(name: str, size: int) -> Figure:
    return Figure(
        part="learner_pages", name=name, value=size / 1000, unit="KB", at_most=LIMIT_KB,
        detail="the page, its style sheet and its scripts, as sent",
    )  # fmt: skip


def _weight(browser: InProcess, path: str) -> int:
    answer = browser.get(path)
    if answer.status not in (200, 204):
        raise SystemExit(f"{path}: {answer.status} {answer.body[:500]!r}")
    files = set(_FILES.findall(answer.body.decode()))
    return len(answer.body) + sum(len(browser.get(one).body) for one in files)


def _browser(app: FastAPI, hub: Hub, user_id: str) -> InProcess:
    """A browser in which somebody is signed in."""

    def unit(conn: sa.Connection) -> str:
        pk = conn.execute(sa.select(people.c.id).where(people.c.user_id == user_id)).scalar_one()
        token, _ = launch_links.new_link(hub, conn, Bounds(person_pk=pk), "/learn")
        return token

    secret = sign_ins.enter(hub, hub.database.write(unit)).secret
    return InProcess(app, f"{cookie_name(hub)}={secret}")
