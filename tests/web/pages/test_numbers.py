"""Numbers from outside, however large: in paths, queries, cursors and every field of a form."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlencode

import pytest
from fastapi.routing import APIRoute

from proctor_hub.services.paging import encode
from proctor_hub.web.application import SUBJECTS
from proctor_hub.web.pages import rendering
from proctor_hub.web.pages.forms import whole_number
from tests.web.pages.test_who_may_see import (
    NOBODY,
    SIGNED_IN,
    TABLE,
    name_of,
    routes,
    site,
    values,
)
from tests.web.pages.visitor import HTML, Visitor
from tests.web.site import Site

__all__ = ["site"]

NUMBERS = ("9" * 5000, str(2**63), str(2**63 - 1), str(2**31), "-1", "0", "²", "sNaN", "1e99999")
CURSORS = (
    "9" * 5000,
    *(encode(key) for key in (
        [2**63 - 1], [2**31], [2**63 - 1, 2**63 - 1], ["x", 2**63 - 1], [2**63 - 1, "x"],
        ["next", 2**63 - 1], ["lms", 2**63 - 1], ["2026-11-27 12:00:00.000000+00:00", 2**63 - 1],
        ["2026-11-27T12:00:00+00:00", 2**63 - 1], ["lms", "2026-11-27T12:00:00+00:00", 2**63 - 1],
    )),
    encode([1])[:-1] + "=",
)  # fmt: skip
TEMPLATES = Path(rendering.__file__).with_name("templates")
FIELDS = {
    name
    for path in TEMPLATES.rglob("*.html")
    for name in re.findall(r'name="([a-z_]+)"', path.read_text())
} - {"form_token", "viewport"}
TYPED_AS_TEXT = ("cursor", "revisions", "decided", "exam", "exam_after")
# They end the sign-in, or the right to go on asking.
SPARED = {"POST /sign-out", "POST /launch"}


def _is_number(annotation: Any) -> bool:
    return annotation is int or any(_is_number(one) for one in get_args(annotation))


def _numbers_of(route: APIRoute) -> Iterator[str]:
    """Parameters of the path or the query that are numbers or cursors."""
    for name, one in inspect.signature(route.endpoint, eval_str=True).parameters.items():
        if name in TYPED_AS_TEXT or _is_number(one.annotation):
            yield name


def test_whole_numbers() -> None:
    assert [whole_number(one) for one in NUMBERS] == [
        None, None, 2**63 - 1, 2**31, None, 0, None, None, None
    ]  # fmt: skip


def test_the_routes_have_such_parameters() -> None:
    """The tests below are about something."""
    found = {(name_of(route), one) for route in routes() for one in _numbers_of(route)}
    assert len(found) > 30
    assert ("GET /learn/exams/{exam_id}", "exam_id") in found
    assert ("GET /attempts/{attempt_code}", "revisions") in found
    assert {"exam", "minutes", "version", "hours", "exam_id"} <= FIELDS


@pytest.fixture
def given(site: Site) -> dict[str, Any]:
    return values(site)


@pytest.fixture
def visitors(site: Site, given: Mapping[str, Any]) -> dict[str, Visitor]:
    visitors = {who: Visitor(site) for who in SIGNED_IN}
    for who, visitor in visitors.items():
        visitor.open(who)
        visitor.get("/no-such-page")
    return visitors


def _who(route: APIRoute) -> list[str]:
    row = TABLE.get(name_of(route))
    return [] if row is None else sorted(row.who - {NOBODY})[:1]


def test_none_in_a_path_or_query_of_a_page_is_the_hubs_failure(
    visitors: dict[str, Visitor], given: dict[str, Any]
) -> None:
    wrong = []
    for route in routes():
        names = list(_numbers_of(route))
        for who in _who(route) if names and name_of(route).startswith("GET") else ():
            row = TABLE[name_of(route)]
            for number in {*NUMBERS, *CURSORS}:
                filled = {**given, **{name: number for name in names if "{" + name in route.path}}
                query = {name: number for name in names if "{" + name not in route.path}
                path = route.path_format.format(**filled)
                asked = "&".join(filter(None, [row.query.format(**filled), urlencode(query)]))
                answer = visitors[who].http.get(f"{path}?{asked}", headers=HTML)
                if answer.status_code >= 500:
                    wrong.append((name_of(route), number[:40]))
    assert not wrong, wrong


def test_none_in_a_form_is_the_hubs_failure(
    visitors: dict[str, Visitor], given: dict[str, Any]
) -> None:
    wrong = []
    for route in routes():
        name = name_of(route)
        for who in _who(route) if name.startswith("POST") and name not in SPARED else ():
            row = TABLE[name]
            sent = {field: value.format(**given) for field, value in row.form.items()}
            for number in NUMBERS:
                # With what makes it a form that is read to the end, and with numbers alone.
                for form in (
                    {**dict.fromkeys(FIELDS, number), **sent},
                    {**sent, **_numbers(number)},
                ):
                    path = route.path_format.format(**given)
                    data = {**form, "form_token": visitors[who].form_token}
                    answer = visitors[who].http.post(
                        f"{path}?{row.query}", data=data, headers=HTML, follow_redirects=False
                    )
                    if answer.status_code >= 500:
                        wrong.append((name, number[:40], answer.status_code))
    assert not wrong, wrong


def _numbers(number: str) -> dict[str, str]:
    names = ("exam", "minutes", "version", "hours", "exam_id", "exam_after", "multiplier")
    return {"learners": "ann", "reason": "x", **dict.fromkeys(names, number)}


def test_none_in_the_api_is_the_hubs_failure(site: Site, given: dict[str, Any]) -> None:
    wrong = []
    for route in (one for room in SUBJECTS for one in room.routes if isinstance(one, APIRoute)):
        names = list(_numbers_of(route))
        if not names or route.methods != {"GET"}:
            continue
        for number in {*NUMBERS, *CURSORS}:
            filled = {**given, "key": "x", **{n: number for n in names if "{" + n in route.path}}
            query = {name: number for name in names if "{" + name not in route.path}
            query |= {"owner": "support", "kind": "x", "new_vendor": "zenith", "scope": "exam"}
            path = f"{route.path_format.format(**filled)}?{urlencode(query)}"
            for who in ("lms", "tom", "sue", "operator"):
                answer = site.call("GET", path, who)
                if answer.status_code >= 500:
                    wrong.append((route.path, who, number[:40]))
    assert not wrong, wrong


def test_none_in_a_body_of_the_api_is_the_hubs_failure(site: Site, given: dict[str, Any]) -> None:
    for number in (int("9" * 4000), 2**63, 2**63 - 1, 2**31, -1, 0):
        grant = {"user_ids": ["ann"], "exam_ids": [number], "additional_minutes": number}
        bodies = {
            f"/courses/{given['course_id']}/allowances": grant,
            "/attempts": {"exam_id": number, "user_id": "ann"},
            "/launch-links": {"user_id": "ann", "page": "exam", "exam_id": number},
        }
        for path, body in bodies.items():
            answer = site.http.post(
                f"/api/v1{path}",
                content=json.dumps(body),
                headers={
                    "Authorization": f"Bearer {site.token('lms')}",
                    "Content-Type": "application/json",
                },
            )
            assert answer.status_code < 500, (path, str(number)[:40])


def test_a_length_of_thousands_of_digits_is_too_large(site: Site) -> None:
    headers = {"Content-Length": "9" * 5000, "Authorization": "Bearer x"}
    answer = site.http.post("/api/v1/attempts", content=b"{}", headers=headers)
    assert answer.status_code == 413
