"""Who signed in by a link with a course: nothing of others, and nothing over all courses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.routing import APIRoute

from proctor_hub.domain.words import ReviewOwner, Role
from proctor_hub.services import courses, people
from proctor_hub.services.authorize import permissions_in
from proctor_hub.services.errors import Forbidden
from proctor_hub.storage import courses as store
from proctor_hub.storage.tables import launch_links
from proctor_hub.web.application import ROOMS
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

PARAMETER = re.compile(r"\{[a-z_]+(:[a-z]+)?\}")


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    vendors: dict[str, dict[str, Any]] = {"acme": {"second_review_owner": ReviewOwner.SUPPORT}}
    with a_site(database_url, vendors=vendors) as site:
        for course_id, title in ((COURSE, "Exams"), (OTHER_COURSE, "Other")):
            site.course(course_id, title=title)
            site.team("tom", course_id)
            site.person("ann", course_id=course_id)
        site.staff("sue", Role.SUPPORT)
        site.staff("oli", Role.OPERATOR)
        yield site


def bound(site: Site, user_id: str, **rest: Any) -> Visitor:
    visitor = Visitor(site)
    visitor.open(user_id, course_id=COURSE, **rest)
    return visitor


def places(html: str) -> list[str]:
    """Where the navigation over all pages leads."""
    return [href for href in ("/learn", "/courses", "/support", "/operator")
            if f'href="{href}"' in html]  # fmt: skip


def listed(html: str) -> list[str]:
    return re.findall(r'<p class="soft">(course-v1:[^<]+)</p>', html)


def test_operators_rooms_are_closed_to_who_signed_in_for_a_course(site: Site) -> None:
    oli, free = bound(site, "oli"), Visitor(site)
    free.open("oli")
    routes = [
        route
        for room in ROOMS
        for route in room.routes
        if isinstance(route, APIRoute) and route.path.startswith("/operator")
    ]
    assert len(routes) > 30
    for route in routes:
        path = PARAMETER.sub("1", route.path)
        ask = oli.get if "GET" in route.methods else oli.post
        assert ask(path).status_code == 403, route.path
    assert free.get("/operator").status_code == 200


def test_no_link_with_a_course_is_made_to_operators_rooms(site: Site) -> None:
    asked = {"user_id": "oli", "page": "operator"}
    refused = site.call("POST", "/launch-links", "lms", {**asked, "course_id": COURSE})
    assert refused.status_code == 422
    assert refused.json()["fields"] == {"course_id": "leave it out for this page"}
    with site.hub.database.read() as conn:
        assert conn.execute(launch_links.select()).first() is None
    assert site.call("POST", "/launch-links", "lms", asked).status_code == 201
    for page in ("home", "support", "attempts"):
        site.ok("POST", "/launch-links", "lms", {**asked, "page": page, "course_id": COURSE})


def test_a_bound_operator_is_one_in_the_course_only(site: Site) -> None:
    found = bound(site, "oli").sign_in()
    assert found is not None
    with site.hub.database.read() as conn:
        here, there = (store.by_course_id(conn, one) for one in (COURSE, OTHER_COURSE))
        assert here is not None and there is not None
        assert permissions_in(conn, found.actor, here.id)
        assert not permissions_in(conn, found.actor, there.id)
        assert not permissions_in(conn, found.actor)
    with pytest.raises(Forbidden):
        people.grant_staff(site.hub, found.actor, user_id="tom", role=Role.OPERATOR)


@pytest.mark.parametrize("who", ["oli", "sue", "tom"])
def test_the_list_of_courses_has_the_one_signed_in_for(site: Site, who: str) -> None:
    visitor, free = bound(site, who), Visitor(site)
    free.open(who)
    assert listed(visitor.get("/courses").text) == [COURSE]
    assert listed(free.get("/courses").text) == [COURSE, OTHER_COURSE]
    found = visitor.sign_in()
    assert found is not None
    whole = courses.list_courses(site.hub, found.actor, limit=1)
    assert [one.course_id for one in whole.items] == [COURSE] and whole.next_cursor is None
    first = courses.list_courses(site.hub, _free(site, who), limit=1)
    behind = courses.list_courses(site.hub, found.actor, cursor=first.next_cursor)
    assert behind.items == ()


def _free(site: Site, who: str) -> Any:
    visitor = Visitor(site)
    visitor.open(who)
    found = visitor.sign_in()
    assert found is not None
    return found.actor


def test_a_team_member_who_came_as_a_learner_has_no_courses(site: Site) -> None:
    for bounds in ({}, {"course_id": COURSE}):
        visitor = Visitor(site)
        visitor.open("tom", roles=["learner"], **bounds)
        assert listed(visitor.get("/courses").text) == []


def test_a_learner_sees_the_exams_of_the_course_signed_in_for(site: Site) -> None:
    site.exam(COURSE, name="Midterm here")
    there = site.exam(OTHER_COURSE, name="Midterm there")
    ann, free = bound(site, "ann"), Visitor(site)
    free.open("ann")
    shown = ann.get("/learn").text
    assert "Midterm here" in shown and "Midterm there" not in shown
    assert "Midterm there" in free.get("/learn").text
    assert ann.get(f"/learn/exams/{there}").status_code == 404


def test_supports_queue_and_escalations_are_of_the_course_signed_in_for(site: Site) -> None:
    waiting = {}
    for course_id, learners in ((COURSE, ("bea", "ben")), (OTHER_COURSE, ("cleo", "dora"))):
        exam = site.exam(course_id)
        for name in learners:
            site.person(name, course_id=course_id)
            waiting[name] = site.taken(exam, name)
            site.review(waiting[name], "suspicious")
    free = Visitor(site)
    free.open("sue")
    for name in ("ben", "dora"):
        free.get(path := f"/attempts/{waiting[name]}/decide?decision=escalate")
        asked = free.get(path).text
        version = re.search(r'name="version" value="(\d+)"', asked)
        assert version, asked
        done = free.post(path, version=version[1], reason=f"Unclear: {name}")
        assert done.status_code == 200, done.text
    sue = bound(site, "sue")
    for path, here, there in (("/support", "bea", "cleo"), ("/support/escalated", "ben", "dora")):
        shown = sue.get(path)
        assert shown.status_code == 200
        assert f">{here}</a>" in shown.text and there not in shown.text
        assert OTHER_COURSE not in shown.text
        everything = free.get(path).text
        assert f">{here}</a>" in everything and f">{there}</a>" in everything
    other = OTHER_COURSE.replace("+", "%2B")
    assert sue.get(f"/support?course_id={other}").status_code == 404
    assert "all courses" not in sue.get("/support").text


@pytest.mark.parametrize(
    ("who", "home", "everywhere"),
    [
        ("oli", "/courses", ["/courses"]),
        ("sue", "/support", ["/courses", "/support"]),
        ("tom", "/courses", ["/courses"]),
        ("ann", "/learn", ["/learn"]),
    ],
)
def test_only_what_is_open_is_offered(
    site: Site, who: str, home: str, everywhere: list[str]
) -> None:
    # What they are in the other course opens nothing here.
    site.person("tom", course_id=OTHER_COURSE)
    site.team("ann", OTHER_COURSE)
    shown = bound(site, who).get("/")
    assert shown.status_code == 200 and shown.url.path == home
    assert places(shown.text) == everywhere


def test_staff_find_the_courses_from_their_own_room(site: Site) -> None:
    oli, sue = Visitor(site), Visitor(site)
    assert places(oli.open("oli").text) == ["/courses", "/operator"]
    assert places(sue.open("sue").text) == ["/courses", "/support"]
    shown = oli.get(f"/operator/courses/{COURSE}").text
    assert f'href="/courses/{COURSE}"' in shown
    assert oli.get(f"/courses/{COURSE}").status_code == 200


def test_the_api_knows_no_such_bounds(site: Site) -> None:
    for who in ("oli", "sue", "tom"):
        found = site.ok("GET", "/courses", who)["items"]
        assert [one["course_id"] for one in found] == [COURSE, OTHER_COURSE]
    assert site.call("GET", "/escalations", "sue").status_code == 200
