"""Server time of the staff's pages in a course of a million attempts, next to a bare query.

Whole pages are asked of the application (see :mod:`benchmarks.in_process`); of the many filters and
orders the service alone is timed, which is what differs between them. The bare query reads fifty
rows along an index by the driver alone: what no page can be faster than. Each figure is the median
of several calls, so of a warm cache; the worst one is in the detail.
"""

from __future__ import annotations

import logging
import os
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import Any
from unittest import mock

import structlog
from fastapi import FastAPI

from benchmarks.databases import ENGINES, fresh
from benchmarks.in_process import signed_in
from benchmarks.results import Figure
from benchmarks.seed import COURSE_ID, Plan, seed
from benchmarks.site import configuration
from proctor_hub.app import create_app
from proctor_hub.domain.words import AttemptStatus, Role
from proctor_hub.services import paging
from proctor_hub.services.attempt_table import Asked, TablePage, attempt_table
from proctor_hub.services.course_counts import course_counts
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import grant_staff
from proctor_hub.settings import HubSettings
from proctor_hub.storage.attempt_rows import ReviewWanted, TableSort
from proctor_hub.storage.engine import Database

ATTEMPTS = 1_000_000
LIMIT_MS = 50.0
_CALLS = 15
_STAFF = Actor(role=Role.LMS, id="bench")
_BARE = (
    "SELECT id, code, exam_name, username, status FROM attempts "
    "WHERE course_pk = 1 AND id < 500000 ORDER BY course_pk, id DESC LIMIT 50"
)
_S, _R, _T = AttemptStatus, ReviewWanted, TableSort
FIRST_PAGES: dict[str, Asked] = {
    "username, exact": Asked(username="learner_0054321"),
    "username, prefix of 1 000": Asked(username="LEARNER_00543", sort=_T.USERNAME),
    "e-mail": Asked(email="Learner_0054321@example.org"),
    "status, rare": Asked(status=_S.ERROR),
    "status, common": Asked(status=_S.VERIFIED),
    "review status, rare": Asked(review=_R.NOT_REVIEWED, archived=True),
    "review status, common": Asked(review=_R.PASSED),
    "exam, the oldest": Asked(exam_pk=1),
    "vendor": Asked(vendor="proctortrack"),
    "flagged": Asked(flagged=True),
    "exam and status": Asked(exam_pk=1, status=_S.REJECTED),
    "exam and review status, by username": Asked(exam_pk=5, review=_R.VIOLATION, sort=_T.USERNAME),
    "status, by exam": Asked(status=_S.DECLINED, sort=_T.EXAM),
    "status, by username": Asked(status=_S.REJECTED, sort=_T.USERNAME),
    # The costliest of some thousand combinations of filter and order that were tried.
    "status, review status, exam and name, by username": Asked(
        exam_pk=5,
        status=_S.VERIFIED,
        review=_R.PASSED,
        username="learner_0",
        archived=True,
        sort=_T.USERNAME,
    ),
    "status, vendor and name, by exam": Asked(
        status=_S.DECLINED, vendor="proctortrack", username="learner_0", sort=_T.EXAM
    ),
}


def measure(attempts: int = ATTEMPTS) -> Iterator[Figure]:
    """Every figure of the staff's pages, on both databases."""
    quiet = structlog.make_filtering_bound_logger(logging.CRITICAL)
    structlog.configure(wrapper_class=quiet)
    for engine in ENGINES:
        with fresh(engine) as url, configuration(url) as config:
            database = Database(url)
            seed(database, Plan(attempts=attempts, stage="mixed"))
            bare, _ = _timed(partial(_bare, database))
            yield _figure(engine, "bare query of 50 rows", bare, bare, "", None)
            database.close()
            with mock.patch.dict(os.environ, config.environment, clear=True):
                app = create_app(HubSettings.load())
            hub: Hub = app.state.hub
            for name, call, says in chain(_whole_pages(app, attempts), _calls(hub, attempts)):
                middle, worst = _timed(call)
                detail = f"worst of {_CALLS}: {worst:.1f} ms; {says}"
                yield _figure(engine, name, middle, bare, detail, LIMIT_MS)
            hub.database.close()


def _whole_pages(app: FastAPI, attempts: int) -> Iterator[tuple[str, Callable[[], Any], str]]:
    operator = Actor(role=Role.OPERATOR, id="bench")
    grant_staff(app.state.hub, operator, user_id="user-1", role=Role.SUPPORT)
    browser = signed_in(app, "user-1")
    table = f"/courses/{COURSE_ID}/attempts"
    for sort in TableSort:
        near_end = 100 if sort is TableSort.NEWEST else attempts - 100
        deep = paging.encode(["next", near_end])
        for name, path in (
            ("first", f"{table}?sort={sort}"),
            ("deep", f"{table}?sort={sort}&cursor={deep}"),
        ):
            size = len(browser.get(path).body)
            yield f"whole page, {name}, {sort}", partial(browser.get, path), f"{size:,} bytes sent"
    home = f"/courses/{COURSE_ID}"
    yield "whole page, home of the course", partial(browser.get, home), ""


def _calls(hub: Hub, attempts: int) -> Iterator[tuple[str, Callable[[], Any], str]]:
    def table(asked: Asked, cursor: str | None = None) -> Callable[[], TablePage]:
        return lambda: attempt_table(hub, _STAFF, COURSE_ID, asked, cursor=cursor)

    for sort in TableSort:
        first = table(Asked(sort=sort))
        yield f"first page, {sort}", first, _said(first())
        near_end = 100 if sort is TableSort.NEWEST else attempts - 100
        for way, cursor in (("next", near_end), ("previous", attempts // 2)):
            deep = table(Asked(sort=sort), paging.encode([way, cursor]))
            yield f"deep page, {sort}, {way}", deep, _said(deep())
    for name, asked in FIRST_PAGES.items():
        page = table(asked)
        yield name, page, _said(page())
        where = 200 if asked.sort is TableSort.NEWEST else attempts * 9 // 10
        deep = table(asked, paging.encode(["next", where]))
        yield f"{name}, deep page", deep, _said(deep())
    counts = course_counts(hub, _STAFF, COURSE_ID)
    over = sum(one.over for one in counts.statuses.values())
    yield (
        "counts of a course",
        lambda: course_counts(hub, _STAFF, COURSE_ID),
        f"{over} statuses over the most that is counted",
    )


def _said(page: TablePage) -> str:
    short = ", short" if page.looked_up_to is not None else ""
    return f"{len(page.rows)} rows of {page.looked_at} looked at{short}"


def _bare(database: Database) -> None:
    with database.read() as conn:
        driver: Any = conn.connection.driver_connection
        if len(driver.execute(_BARE).fetchall()) != 50:
            raise SystemExit("the bare query found too few attempts")


def _timed(call: Callable[[], object]) -> tuple[float, float]:
    """Median and worst of several calls, in milliseconds; the first ones only warm up."""
    times = []
    for turn in range(_CALLS + 3):
        began = time.perf_counter()
        call()
        if turn >= 3:
            times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), max(times)


def _figure(
    engine: str, name: str, value: float, bare: float, detail: str, at_most: float | None
) -> Figure:
    ratio = f"{value / bare:.1f} times the bare query; " if at_most is not None else ""
    return Figure(
        part="pages", database=engine, name=name, value=value, unit="ms", at_most=at_most,
        detail=ratio + detail,
    )  # fmt: skip
