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
from functools import partial
from types import MappingProxyType
from typing import Any
from unittest import mock

import sqlalchemy as sa
import structlog
from fastapi import FastAPI

from benchmarks.databases import ENGINES, fresh
from benchmarks.in_process import InProcess, signed_in
from benchmarks.results import Figure
from benchmarks.seed import COURSE_ID, START, Plan, seed
from benchmarks.site import configuration
from benchmarks.statements import counted
from proctor_hub.app import create_app
from proctor_hub.domain.words import AttemptStatus, ExamType, Role
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import grant_staff
from proctor_hub.settings import HubSettings
from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import attempts, courses, exams, people

ATTEMPTS = 100_000
LIMIT_MS = 15.0
LIMIT_KB = 100.0
_CALLS, _WARM = 25, 5
_EXAM, _CLOSED = 1, 10
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
    "onboarding rejected": _S.ONBOARDING_FAILED,
    "readiness lapsed": _S.READY_TO_START,
    "timed, running": _S.STARTED,
}
_MORE: Mapping[str, Mapping[str, Any]] = {
    "readiness lapsed": {"ready_at": START},
    "timed, running": {"vendor": None, "external_id": None, "exam_type": ExamType.TIMED},
}
"""What else is written into an attempt of that name."""


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
                browser = signed_in(app, f"user-{number}")
                yield _measured(engine, browser, name, path)
                weights[name] = _weight(browser, path)
            if engine == ENGINES[0]:  # no database makes a page heavier
                yield from _weights(app, hub, max(weights.values()))
            hub.database.close()


def _pages(hub: Hub) -> Iterator[tuple[str, int, str]]:
    """Name, whose page, and its path; the attempts are put where the names say."""
    exam = f"/learn/exams/{_EXAM}"
    for number, (name, status) in enumerate(_STATES.items()):
        hub.database.write(partial(_put, number=number, status=status, more=_MORE.get(name, {})))
        yield f"exam, {name}", number, exam
    fresh_one = len(_STATES)
    hub.database.write(partial(_put, number=fresh_one, status=None))
    hub.database.write(_settle)
    yield "exam, before it begins", fresh_one, exam
    yield "without proctoring, to be confirmed", fresh_one, exam + "/without-proctoring"
    hub.database.write(partial(_put, number=fresh_one, status=None, exam_pk=_CLOSED))
    yield "exam, closed", fresh_one, f"/learn/exams/{_CLOSED}"
    yield "my exams", 0, "/learn"
    yield "waiting for the vendor", 0, exam + "/waiting?seen="
    yield "clock", list(_STATES).index("running"), exam + "/clock"


def _settle(conn: sa.Connection) -> None:
    """The course lets learners do without proctoring, and one exam of it is over."""
    conn.execute(courses.update().values(allow_opt_out=True))
    conn.execute(exams.update().where(exams.c.id == _CLOSED).values(due_at=START))


def _put(
    conn: sa.Connection,
    number: int,
    status: AttemptStatus | None,
    more: Mapping[str, Any] = MappingProxyType({}),
    *,
    exam_pk: int = _EXAM,
) -> None:
    """Put a learner's attempt at the exam into a status; None: there is none."""
    person = sa.select(people.c.id).where(people.c.user_id == f"user-{number}").scalar_subquery()
    mine = (attempts.c.person_pk == person) & (attempts.c.exam_pk == exam_pk)
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
            **more,
        }
    if conn.execute(attempts.update().where(mine).values(values)).rowcount != 1:
        raise SystemExit(f"learner {number} has not one attempt at exam {_EXAM}")


def _measured(engine: str, browser: InProcess, name: str, path: str) -> Figure:
    times, statements = [], 0
    for turn in range(_CALLS + _WARM):
        with counted() as made:
            began = time.perf_counter()
            browser.get(path)
            took = (time.perf_counter() - began) * 1000
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
    support, chief = (signed_in(app, who) for who in ("user-100", "user-101"))
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
    files = set(_FILES.findall(answer.body.decode()))
    return len(answer.body) + sum(len(browser.get(one).body) for one in files)
