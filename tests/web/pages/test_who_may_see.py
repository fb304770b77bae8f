"""Each route of the pages with each kind of visitor, from one table (domain §2).

Who is not in a route's row is refused: 401 (nobody is signed in), 403 or 404. Who is gets past
every check of who they are; that a form lacks what it needs is no refusal of the person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from fastapi.routing import APIRoute

from proctor_hub.domain.words import Role
from proctor_hub.services import retirement
from proctor_hub.testing.fake_vendor import reviewed_path
from proctor_hub.web.application import ROOMS
from proctor_hub.web.pages.static_files import static_url
from tests.support import OPERATOR as OPERATOR_CLIENT
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

LEARNER, OTHER_LEARNER, TEAM, OTHER_TEAM = "ann", "bob", "tom", "tim"
SUPPORT, OPERATOR, NOBODY = "sue", "oli", ""
SIGNED_IN = (LEARNER, OTHER_LEARNER, TEAM, OTHER_TEAM, SUPPORT, OPERATOR)
VISITORS = (*SIGNED_IN, NOBODY)
STAFF = {TEAM, SUPPORT}
TAG = static_url("site.css").split("/")[2]
ANYBODY = set(SIGNED_IN)
EVERYBODY = set(VISITORS)

C, A, L = "/courses/{course_id}", "/attempts/{attempt_code}", "/learn/exams/{exam_id}"
ROOM, ITS = "/operator", "/operator/courses/{course_id}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """Who may; ``query`` and ``form`` as sent; ``missing``: what those may be told is not there."""

    who: set[str]
    query: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    missing: str = ""


def _row(who: set[str], query: str = "", /, *, missing: str = "", **form: str) -> Row:
    return Row(who=who, query=query, form=form, missing=missing)


def _operators(*names: str, query: str = "", missing: str = "", **form: str) -> dict[str, Row]:
    row = _row({OPERATOR}, query, missing=missing, **form)
    return dict.fromkeys(names, row)


ALLOWANCE = {"exam_id": "{other_exam}", "user_id": LEARNER}
TABLE: dict[str, Row] = {
    # Getting in and out: for everybody, whoever they are.
    "GET /static/{tag}/{name}": _row(EVERYBODY),
    "GET /": _row(ANYBODY),
    "GET /launch/{token}": _row(EVERYBODY),
    "POST /launch": _row(EVERYBODY, token="x"),
    "GET /launched/{spare}": _row(EVERYBODY),
    "POST /another-window": _row(ANYBODY, target="x"),
    "GET /signed-out": _row(EVERYBODY),
    "POST /language": _row(ANYBODY, language="en"),
    # Where a vendor's tool sends learners: on to the exam, or a page that says nothing of any.
    "GET /exams/{attempt_code}": _row(EVERYBODY),
    # A learner's own, and nobody else's.
    "GET /learn": _row(ANYBODY),
    f"GET {L}": _row({LEARNER}),
    f"GET {L}/waiting": _row({LEARNER}),
    f"GET {L}/clock": _row({LEARNER}),
    f"GET {L}/without-proctoring": _row({LEARNER}),
    f"POST {L}/begin": _row({LEARNER}),
    f"POST {L}/prepare": _row({LEARNER}),
    f"POST {L}/download": _row({LEARNER}),
    f"POST {L}/without-proctoring": _row({LEARNER}),
    f"POST {L}/retry": _row({LEARNER}),
    f"POST {L}/software-lost": _row({LEARNER}),
    f"POST {L}/{{action}}": _row({LEARNER}),
    # A course's. Everybody may ask for the list; it has what they may see.
    "GET /courses": _row(ANYBODY),
    f"GET {C}": _row({*STAFF, OPERATOR}),
    f"GET {C}/attempts": _row(STAFF),
    f"GET {C}/attempts.csv": _row(STAFF),
    f"POST {C}/attempts/find": _row(STAFF),
    f"GET {C}/attempts/exams": _row(STAFF),
    f"GET {C}/second-reviews": _row(STAFF),
    f"GET {C}/review-dashboard": _row(STAFF),
    f"GET {C}/review-dashboard/open": _row(STAFF),
    f"GET {C}/rules": _row({TEAM, OPERATOR}),
    f"GET {C}/rules/open": _row({TEAM, OPERATOR}),
    f"POST {C}/rules": _row({TEAM, OPERATOR}, exam_id="{exam_id}"),
    f"GET {C}/as": _row({TEAM}),
    f"POST {C}/as": _row({TEAM}, learner="ann"),
    f"GET {C}/as/{{user_id}}": _row({TEAM}),
    f"GET {C}/as/{{user_id}}/exams/{{exam_id}}": _row({TEAM}),
    f"GET {C}/allowances": _row(STAFF),
    f"POST {C}/allowances": _row(STAFF),
    f"POST {C}/allowances/exams": _row(STAFF),
    f"GET {C}/allowances/remove": _row(STAFF, urlencode(ALLOWANCE, safe="{}")),
    # The second of the two comes too late.
    f"POST {C}/allowances/remove": _row(STAFF, missing="allowance", **ALLOWANCE),
    f"GET {C}/reports": _row({TEAM, OPERATOR}),
    f"GET {C}/reports/pending": _row({TEAM, OPERATOR}),
    f"POST {C}/reports": _row({TEAM, OPERATOR}),
    f"GET {C}/onboarding": _row({TEAM}),
    f"POST {C}/onboarding": _row({TEAM}),
    f"POST {C}/onboarding/find": _row({TEAM}),
    # An attempt's; this second review is the course team's to decide.
    f"GET {A}": _row(STAFF),
    f"GET {A}/{{again}}": _row(STAFF),
    f"POST {A}/{{again}}": _row(STAFF),
    f"GET {A}/decide": _row(STAFF, "decision=fail"),
    f"POST {A}/decide": _row(STAFF, "decision=fail", version="0", reason="x"),
    f"POST {A}/claim": _row({TEAM}),
    f"POST {A}/release": _row(STAFF),
    "GET /support": _row({SUPPORT}),
    "GET /support/escalated": _row({SUPPORT}),
    # Operators'.
    **_operators(
        *(f"GET {ROOM}{rest}" for rest in (
            "", "/courses", "/vendors", "/vendors/{slug}", "/callbacks",
            "/callbacks/{callback_id}", "/deliveries", "/deliveries/retry",
            "/deliveries/{delivery_id}", "/jobs", "/people", "/people/{user_id}",
            "/people/{user_id}/{word}", "/clients", "/clients/{client_id}/rotate",
            "/clients/{client_id}/revoke", "/audit", "/audit/attempts/{code}", "/retirements",
            "/retirements/{retired_id}", "/settings",
        )),
        *(f"POST {ROOM}{rest}" for rest in (
            "/audit/find", "/vendors/{slug}/test", "/callbacks/{callback_id}/replay",
            "/deliveries/retry", "/deliveries/{delivery_id}/retry", "/people/{user_id}/{word}",
            "/clients", "/clients/{client_id}/rotate", "/clients/{client_id}/revoke",
             "/retirements/{retired_id}/confirm/{vendor}",
        )),
        f"GET {ITS}", f"POST {ITS}/settings",
    ),
    **_operators(
        f"GET {ROOM}/callbacks/replay", f"POST {ROOM}/callbacks/replay", query="outcome=unmatched"
    ),
    **_operators(f"GET {ITS}/migration", query="vendor=zenith"),
    **_operators(f"POST {ITS}/migration", vendor="zenith", digest="x"),
    **_operators(f"POST {ROOM}/people", who=LEARNER),
    **_operators(f"POST {ROOM}/retirements", user_id=LEARNER),
    **_operators(f"POST {ROOM}/retirements/now", user_id=LEARNER, typed="somebody else"),
    **_operators(f"POST {ROOM}/jobs/retry", missing="job"),
    **_operators(f"GET {ROOM}/retirements/{{retired_id}}/confirm/{{vendor}}", missing="vendor"),
}  # fmt: skip
ELSEWHERE = {
    # It ends the sign-in that asks: tests/web/pages/test_entering.py.
    "POST /sign-out",
}


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url, vendors={"acme": {}, "zenith": {}}) as site:
        site.course()
        site.course(OTHER_COURSE)
        site.team(TEAM)
        site.team(OTHER_TEAM, OTHER_COURSE)
        site.staff(SUPPORT, Role.SUPPORT)
        site.staff(OPERATOR, Role.OPERATOR)
        site.person(LEARNER, course_id=COURSE)
        site.person(OTHER_LEARNER, course_id=OTHER_COURSE)
        yield site


def routes() -> list[APIRoute]:
    return [route for room in ROOMS for route in room.routes if isinstance(route, APIRoute)]


def name_of(route: APIRoute) -> str:
    (method,) = route.methods - {"HEAD"}
    return f"{method} {route.path_format}"


def values(site: Site) -> dict[str, Any]:
    """What stands for the parameters of paths, queries and forms: all of it is there."""
    exam = site.exam()
    code = site.taken(exam, LEARNER)
    assert site.review(code, "suspicious").status_code == 200
    other = site.exam(content_id="block-2", name="Final")
    granted = {"user_ids": [LEARNER], "exam_ids": [other], "additional_minutes": 10}
    site.ok("POST", f"/courses/{COURSE}/allowances", TEAM, granted)
    site.callback(reviewed_path("nobodys"), b"{}")
    site.person("gus")
    retired = retirement.retire(site.hub, OPERATOR_CLIENT, user_id="gus")
    return {
        "course_id": COURSE, "attempt_code": code, "code": code, "exam_id": exam,
        "other_exam": other, "user_id": LEARNER, "again": "reset", "action": "start",
        "word": "grant-support", "slug": "acme", "callback_id": 2, "delivery_id": 1,
        "client_id": site.vendor.client_id, "retired_id": retired.retired_id, "vendor": "acme",
        "tag": TAG, "name": "site.css", "token": "x", "spare": "x",
    }  # fmt: skip


def test_every_route_is_in_the_table() -> None:
    names = {name_of(route) for route in routes()}
    assert names == TABLE.keys() | ELSEWHERE


def test_who_may_and_who_may_not(site: Site) -> None:
    given = values(site)
    visitors = {who: Visitor(site) for who in VISITORS}
    for who in SIGNED_IN:
        visitors[who].open(who)
        visitors[who].get("/no-such-page")
    wrong = []
    for route in routes():
        row = TABLE.get(name_of(route))
        # Those who may not come first, before anything is done.
        for who in sorted(VISITORS, key=lambda who, row=row: row is not None and who in row.who):
            if row is None:
                continue
            answer = _asked(visitors[who], route, row, given)
            refused = answer.status_code in (401, 403, 404)
            told = bool(row.missing) and f"there is no {row.missing} " in answer.text
            if (who in row.who) is not (told or not refused):
                wrong.append(f"{name_of(route)} {who or 'nobody'}: {answer.status_code}")
            if not who and NOBODY not in row.who and answer.status_code != 401:
                wrong.append(f"{name_of(route)} nobody: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def _asked(visitor: Visitor, route: APIRoute, row: Row, given: Mapping[str, Any]) -> httpx.Response:
    path = route.path_format.format(**given)
    if row.query:
        path += "?" + row.query.format(**given)
    if name_of(route).startswith("GET"):
        answer = visitor.get(path)
    else:
        form = {name: value.format(**given) for name, value in row.form.items()}
        answer = visitor.post(path, **form)
    # Where it leads is another route's row, or a vendor's.
    return answer.history[0] if answer.history else answer


def test_another_courses_pages_are_not_even_there(site: Site) -> None:
    given = values(site)
    visitor = Visitor(site)
    visitor.open(OTHER_TEAM)
    for route in routes():
        row = TABLE.get(name_of(route))
        if row is not None and route.path_format.startswith((C, A)):
            answer = _asked(visitor, route, row, given)
            assert answer.status_code == 404, name_of(route)
