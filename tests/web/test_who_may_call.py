"""Each route with each kind of caller, from one table.

A caller who is not in a route's row gets 401 (nobody), 403 (vendor) or 403/404 (anybody else) and
changes nothing; one who is gets past every check of who they are.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import Role
from proctor_hub.jobs.catalogue import Job, catalogue
from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.storage.people import by_user_id, pseudonym_for
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.web.application import application
from tests.jobs.running import WaitingJobs
from tests.support import a_hub
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

LEARNER, STRANGER, TEAM, OTHER_TEAM = "ann", "bob", "tom", "tim"
SUPPORT, OPERATOR_PERSON = "sue", "oli"
GONE = "gus"
JOB = "a-job"
CALLERS = (
    "lms",
    "operator",
    LEARNER,
    STRANGER,
    TEAM,
    OTHER_TEAM,
    SUPPORT,
    OPERATOR_PERSON,
)
OPERATORS = {"operator", OPERATOR_PERSON}
SEES_COURSE = {"lms", TEAM, SUPPORT, *OPERATORS}
SEES_ATTEMPT = {"lms", LEARNER, TEAM, SUPPORT}
STAFF = {TEAM, SUPPORT}
TAKES = {"lms", LEARNER}
REASON = {"reason": "because"}
ANYBODY = set(CALLERS)

C, X, A = "{course_id}", "{exam_id}", "{attempt_code}"
TABLE: dict[str, tuple[set[str], Any]] = {
    "POST /launch-links": ({"lms"}, {"user_id": "ann"}),
    # Everybody may ask; what comes back is what they may see.
    "GET /courses": (ANYBODY, None),
    f"PUT /courses/{C}": ({"lms", *OPERATORS}, {"title": "New"}),
    f"GET /courses/{C}": (SEES_COURSE, None),
    f"POST /courses/{C}/migration/plan": (OPERATORS, {"vendor": "zenith"}),
    f"GET /courses/{C}/migration/learners": (OPERATORS, None),
    f"POST /courses/{C}/migration": (OPERATORS, {"vendor": "zenith", "digest": "x"}),
    f"GET /courses/{C}/exams": (SEES_COURSE, None),
    f"POST /courses/{C}/exams": (
        {"lms", *OPERATORS},
        {"content_id": "n", "name": "n", "exam_type": "timed", "time_limit_minutes": 5},
    ),
    f"GET /exams/{X}": (SEES_COURSE, None),
    f"PATCH /exams/{X}": ({"lms", TEAM, *OPERATORS}, {"rules": {"no_phone": True}}),
    "POST /person-tokens": ({"lms"}, {"user_id": LEARNER}),
    "PUT /people/{user_id}": ({"lms"}, {"username": "ann2"}),
    "GET /people/{user_id}": ({"lms", LEARNER, *OPERATORS}, None),
    "GET /people/{user_id}/active-attempt": (TAKES, None),
    f"GET /courses/{C}/enrolments": ({"lms", TEAM, *OPERATORS}, None),
    f"PUT /courses/{C}/enrolments/{{user_id}}": ({"lms"}, {"track": "audit"}),
    f"DELETE /courses/{C}/enrolments/{{user_id}}": ({"lms"}, None),
    f"GET /courses/{C}/team": ({"lms", TEAM, *OPERATORS}, None),
    f"PUT /courses/{C}/team/{{user_id}}": ({"lms"}, None),
    f"DELETE /courses/{C}/team/{{user_id}}": ({"lms"}, None),
    "GET /staff": (OPERATORS, None),
    f"GET /courses/{C}/allowances": ({"lms", TEAM, SUPPORT}, None),
    f"POST /courses/{C}/allowances": (
        {"lms", TEAM, SUPPORT},
        {"user_ids": [LEARNER], "exam_ids": [1], "additional_minutes": 5},
    ),
    f"DELETE /exams/{X}/allowances/{{user_id}}": ({"lms", TEAM, SUPPORT}, None),
    f"GET /courses/{C}/onboarding": ({"lms", TEAM}, None),
    f"GET /courses/{C}/onboarding/profile": ({"lms", TEAM, LEARNER}, None),
    f"POST /courses/{C}/onboarding/refresh": ({"lms", TEAM, LEARNER}, None),
    "POST /attempts": (TAKES, {"exam_id": 2, "user_id": LEARNER}),
    f"GET /attempts/{A}": (SEES_ATTEMPT, None),
    f"GET /courses/{C}/attempts": ({"lms", *STAFF}, None),
    f"POST /attempts/{A}/launch": (TAKES, None),
    f"POST /attempts/{A}/actions": (TAKES, {"action": "ping"}),
    f"POST /attempts/{A}/decline": (TAKES, None),
    f"POST /attempts/{A}/access": (TAKES, {}),
    f"POST /attempts/{A}/retry": (TAKES, None),
    f"POST /attempts/{A}/reset": (STAFF, REASON),
    f"POST /attempts/{A}/resume": (STAFF, REASON),
    f"GET /attempts/{A}/reviews": (STAFF, None),
    f"GET /attempts/{A}/decisions": (STAFF, None),
    # The second review is the course team's; support has none of its own here.
    f"POST /attempts/{A}/decisions": ({TEAM}, {"decision": "fail", **REASON}),
    f"POST /attempts/{A}/claim": ({TEAM}, None),
    f"DELETE /attempts/{A}/claim": (STAFF, None),
    "GET /second-reviews": ({TEAM, SUPPORT}, None),
    "GET /escalations": ({SUPPORT}, None),
    f"GET /attempts/{A}/history": ({"lms", *STAFF, *OPERATORS}, None),
    f"GET /attempts/{A}/callbacks": (STAFF, None),
    f"POST /courses/{C}/reports": ({TEAM, *OPERATORS}, {"kind": "legacy"}),
    f"GET /courses/{C}/reports": ({TEAM, *OPERATORS}, None),
    "GET /reports/{code}": ({TEAM, *OPERATORS}, None),
    # The report there is waits to be made, so nobody gets a link yet.
    "POST /reports/{code}/link": ({TEAM, *OPERATORS}, None),
    f"GET /attempts/{A}/guide": (SEES_ATTEMPT, None),
    "GET /dashboard": (STAFF, None),
    f"GET /courses/{C}/rules": (SEES_COURSE, None),
    "GET /retirements": (OPERATORS, None),
    "GET /retirements/{user_id}": (OPERATORS, None),
    "PUT /retirements/{user_id}": (OPERATORS, None),
    "PUT /retirements/{user_id}/receipts/{vendor}": (OPERATORS, {"note": "by letter"}),
    "GET /vendors": (OPERATORS, None),
    "GET /callbacks": (OPERATORS, None),
    "GET /callbacks/{callback_id}": (OPERATORS, None),
    "POST /callbacks/{callback_id}/replay": (OPERATORS, {**REASON, "vendor": "acme"}),
    "POST /callbacks/replay": (OPERATORS, {"ids": [3], **REASON, "vendor": "acme"}),
    "GET /deliveries": (OPERATORS, None),
    "GET /deliveries/{delivery_id}": (OPERATORS, None),
    "POST /deliveries/{delivery_id}/retry": (OPERATORS, None),
    "POST /deliveries/retry": (OPERATORS, {}),
    "GET /jobs": (OPERATORS, None),
    "POST /jobs/{key}/retry": (OPERATORS, None),
    "GET /audit": (OPERATORS, None),
}
QUERIES = {
    f"GET /courses/{C}/migration/learners": "?vendor=zenith",
    "GET /second-reviews": "?owner=course_team&course_id=" + COURSE.replace("+", "%2B"),
    f"GET /courses/{C}/onboarding/profile": f"?user_id={LEARNER}",
    f"POST /courses/{C}/onboarding/refresh": f"?user_id={LEARNER}",
}
VENDORS = {"acme": {}, "zenith": {"plugin": "acme"}}


def _parts(path: Path) -> dict[str, Any]:
    files = ReportFiles(str(path.with_name("reports")))
    return {"jobs": WaitingJobs(), "report_files": files}


@pytest.fixture(scope="module")
def world_file(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Path:
    """Two courses, everybody in them, an attempt in second review, a quarantined callback."""
    path = tmp_path_factory.mktemp("world") / "world.db"
    shutil.copyfile(sqlite_template, path)
    with a_site(f"sqlite:///{path}", vendors=VENDORS, parts=_parts(path)) as site:
        for course in (COURSE, OTHER_COURSE):
            site.course(course)
        for learner, course in ((LEARNER, COURSE), (STRANGER, OTHER_COURSE)):
            site.person(learner, course_id=course)
        site.team(TEAM)
        site.team(OTHER_TEAM, OTHER_COURSE)
        site.staff(SUPPORT, Role.SUPPORT)
        site.staff(OPERATOR_PERSON, Role.OPERATOR)
        code = site.taken(site.exam(), LEARNER)
        site.review(code, "suspicious")
        untouched = site.exam(content_id="block-2", name="Final")
        body = {"user_ids": [LEARNER], "exam_ids": [untouched], "additional_minutes": 5}
        site.ok("POST", f"/courses/{COURSE}/allowances", body=body)
        site.callback("/callbacks/acme/x/ready", b"{}", None)
        site.ok("POST", f"/courses/{COURSE}/reports", TEAM, {"kind": "results"})
        # It waits, so an operator's retry finds it and is told that there is nothing to mend.
        queue = JobQueue(site.hub.database, catalogue(Job(name="a_kind", run=print, about="x")))
        site.hub.database.write(lambda conn: queue.enqueue(conn, "a_kind", 1, key=JOB))
        site.person(GONE, course_id=COURSE)
        _known_to_acme(site, GONE)
        site.ok("PUT", f"/retirements/{GONE}", "operator")
    return path


def _known_to_acme(site: Site, user_id: str) -> None:
    def unit(conn: sa.Connection) -> str:
        person = by_user_id(conn, user_id)
        assert person is not None
        return pseudonym_for(conn, person.id, "acme")

    site.hub.database.write(unit)


@contextmanager
def a_copy(world: Path, folder: Path) -> Iterator[Site]:
    """A site on a copy of the world."""
    path = folder / "copy.db"
    shutil.copyfile(world, path)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with a_site(f"sqlite:///{path}", vendors=VENDORS, parts=_parts(path)) as site:
        yield site


def _path(site: Site, route: str) -> tuple[str, str]:
    method, path = route.split(" ")
    attempts = site.ok("GET", f"/courses/{COURSE}/attempts")["items"]
    user = TEAM if "/team/" in path and method == "DELETE" else LEARNER
    if path.startswith("/retirements/") and (method == "GET" or "/receipts/" in path):
        user = GONE
    if path == "/dashboard":
        path += "?scope=attempt&attempt_code={attempt_code}"
    values = {
        "{course_id}": COURSE,
        "{exam_id}": "2" if "allowances" in path else "1",
        "{attempt_code}": attempts[0]["code"],
        "{user_id}": user,
        "{callback_id}": "3",
        "{delivery_id}": "1",
        "{key}": JOB,
        "{vendor}": "acme",
        "{code}": site.ok("GET", f"/courses/{COURSE}/reports", "operator")["items"][0]["code"],
    }
    for name, value in values.items():
        path = path.replace(name, value)
    return method, path + QUERIES.get(route, "")


@pytest.mark.parametrize("route", TABLE)
def test_route(route: str, world_file: Path, tmp_path: Path) -> None:
    allowed, body = TABLE[route]
    with a_copy(world_file, tmp_path) as site:
        method, path = _path(site, route)
        assert site.call(method, path, None, body).status_code == 401
        assert site.call(method, path, "vendor", body).status_code == 403
        for who in sorted(ANYBODY - allowed):
            status = site.call(method, path, who, body).status_code
            assert status in (403, 404), f"{who} got {status}"
    for who in sorted(allowed):
        with a_copy(world_file, tmp_path) as site:
            method, path = _path(site, route)
            answer = site.call(method, path, who, body)
            assert answer.status_code not in (401, 403, 404, 500), f"{who}: {answer.text}"


def test_the_table_has_every_route(sqlite_url: str) -> None:
    with a_hub(sqlite_url) as hub:
        paths = application(hub).openapi()["paths"]
    served = {
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, operations in paths.items()
        for method in operations
        if path.startswith("/api/v1")
    }
    assert served == set(TABLE)
