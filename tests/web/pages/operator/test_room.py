"""Who gets into the operators' room, and that each page of it is there."""

from __future__ import annotations

import pytest
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from proctor_hub.domain.words import Role
from proctor_hub.web.pages.operator import ROUTERS
from tests.web.pages.visitor import HTML, Visitor
from tests.web.site import COURSE, Site

OTHERS = ("ann", "tom", "sue")
ROUTES = [
    (method, route.path_format)
    for router in ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in sorted(route.methods)
]


@pytest.fixture
def peopled(embedded_site: Site) -> Site:
    """One person of each role."""
    site = embedded_site
    site.course()
    site.person("ann", course_id=COURSE)
    site.team("tom")
    site.staff("sue", Role.SUPPORT)
    site.staff("oli", Role.OPERATOR)
    return site


def filled(path: str) -> str:
    """A path of the room with something in its places."""
    for name, value in {
        "course_id": COURSE,
        "slug": "acme",
        "user_id": "ann",
        "word": "sign-out",
    }.items():
        path = path.replace("{" + name + "}", value)
    while "{" in path:
        path = path[: path.index("{")] + "1" + path[path.index("}") + 1 :]
    return path


def test_nobody_but_operators_gets_in(peopled: Site) -> None:
    nobody = TestClient(peopled.http.app, base_url=peopled.hub.public_url)
    visitors = {who: Visitor(peopled) for who in OTHERS}
    for who, visitor in visitors.items():
        visitor.open(who)
        visitor.get("/")
    for method, path in ROUTES:
        where = filled(path)
        assert nobody.request(method, where, headers=HTML).status_code == 401, (method, path)
        for who, visitor in visitors.items():
            data = {"form_token": visitor.form_token} if method == "POST" else None
            answer = visitor.http.request(method, where, data=data, headers=HTML)
            assert answer.status_code == 403, (who, method, path)
            assert "This is not for you" in answer.text


def test_an_operator_narrowed_to_another_role_is_none(peopled: Site) -> None:
    visitor = Visitor(peopled)
    assert visitor.open("oli", "operator", roles=["learner"]).status_code == 403


def test_every_place_of_the_navigation_is_there(peopled: Site) -> None:
    visitor = Visitor(peopled)
    home = visitor.open("oli", "operator")
    assert home.status_code == 200 and "<h1>Operations</h1>" in home.text
    places = {path for method, path in ROUTES if method == "GET" and "{" not in path}
    for path in sorted(places - {"/operator/callbacks/replay"}):
        answer = visitor.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.text.count("<h1") == 1


def test_forms_of_another_sign_in_do_nothing(peopled: Site) -> None:
    visitor = Visitor(peopled)
    visitor.open("oli", "operator")
    for method, path in ROUTES:
        if method == "POST":
            data = {"form_token": "0" * 64}
            answer = visitor.http.post(filled(path), data=data, headers=HTML)
            assert answer.status_code == 403, path
