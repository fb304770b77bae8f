"""Getting in and out, and what a page lets a browser do."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from html import unescape
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from proctor_hub.domain.words import Role
from proctor_hub.services import people
from proctor_hub.services.access import clients, sign_ins
from proctor_hub.services.authorize import roles_in
from proctor_hub.services.retirement import retire
from proctor_hub.storage import courses
from proctor_hub.web.application import application
from proctor_hub.web.context import WebSettings
from proctor_hub.web.pages.static_files import FOLDER, VENDORED, static_url
from tests.support import OPERATOR
from tests.web.pages.visitor import HTML, Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site


@pytest.fixture
def peopled(site: Site) -> Site:
    """A course with a learner and a team."""
    site.course()
    site.person("ann", course_id=COURSE)
    site.team("tom")
    return site


def test_a_link_signs_in_once(peopled: Site) -> None:
    visitor = Visitor(peopled)
    url = peopled.ok("POST", "/launch-links", "lms", {"user_id": "tom"})["url"]
    visitor.come_in(url)
    assert visitor.get("/").status_code != 401
    again = Visitor(peopled)
    answer = again.http.post("/launch", data={"token": url.rsplit("/", 1)[1]}, headers=HTML)
    assert answer.status_code == 410
    assert "works once" in answer.text
    assert again.get("/").status_code == 401


def test_a_used_link_leads_whom_it_signed_in_to_its_page(peopled: Site) -> None:
    toms, anns = Visitor(peopled), Visitor(peopled)
    link = {"user_id": "tom", "page": "course", "course_id": COURSE}
    url = peopled.ok("POST", "/launch-links", "lms", link)["url"]
    first = toms.come_in(url)
    again = toms.come_in(url)
    assert again.status_code == 200 and again.url == first.url
    anns.open("ann")
    assert anns.come_in(url).status_code == 410
    toms.post("/sign-out")
    assert toms.come_in(url).status_code == 410


def test_looking_at_a_link_does_not_use_it_up(peopled: Site) -> None:
    visitor = Visitor(peopled)
    url = peopled.ok("POST", "/launch-links", "lms", {"user_id": "tom"})["url"]
    for _ in range(3):
        assert visitor.http.get(urlsplit(url).path).status_code == 200
    visitor.come_in(url)
    assert visitor.get("/").status_code != 401


def test_a_link_is_over_after_its_time(peopled: Site) -> None:
    url = peopled.ok("POST", "/launch-links", "lms", {"user_id": "tom"})["url"]
    peopled.clock.move(seconds=121)
    assert Visitor(peopled).come_in(url).status_code == 410


def test_only_the_lms_gets_links(peopled: Site) -> None:
    for who in ("operator", "tom"):
        assert peopled.call("POST", "/launch-links", who, {"user_id": "tom"}).status_code == 403
    unknown = peopled.call("POST", "/launch-links", "lms", {"user_id": "nobody"})
    assert unknown.status_code == 404
    machine = peopled.call("POST", "/launch-links", "lms", {"user_id": "tom", "roles": ["vendor"]})
    assert machine.status_code == 422
    no_exam = peopled.call("POST", "/launch-links", "lms", {"user_id": "tom", "page": "exam"})
    assert no_exam.status_code == 422 and "exam_id" in no_exam.json()["fields"]


def test_a_browser_that_refuses_the_cookie_gets_a_link_for_a_new_tab(peopled: Site) -> None:
    visitor = Visitor(peopled)
    url = peopled.ok(
        "POST", "/launch-links", "lms", {"user_id": "tom", "course_id": COURSE, "page": "course"}
    )["url"]
    sent = visitor.http.post(
        "/launch", data={"token": url.rsplit("/", 1)[1]}, headers=HTML, follow_redirects=False
    )
    visitor.http.cookies.clear()
    answer = visitor.get(sent.headers["location"])
    assert answer.status_code == 200
    assert "new tab" in answer.text
    spare = "/launch/" + sent.headers["location"].rsplit("/", 1)[1]
    tab = Visitor(peopled)
    tab.come_in(spare)
    assert tab.get("/").status_code != 401


def test_the_spare_link_is_void_once_the_cookie_came_back(peopled: Site) -> None:
    visitor = Visitor(peopled)
    url = peopled.ok("POST", "/launch-links", "lms", {"user_id": "tom"})["url"]
    token = url.rsplit("/", 1)[1]
    sent = visitor.http.post("/launch", data={"token": token}, follow_redirects=False)
    visitor.get(sent.headers["location"])
    spare = sent.headers["location"].rsplit("/", 1)[1]
    answer = Visitor(peopled).http.post("/launch", data={"token": spare}, headers=HTML)
    assert answer.status_code == 410


def test_signing_out_ends_it_on_the_server(peopled: Site) -> None:
    visitor = Visitor(peopled)
    visitor.open("tom")
    cookie = dict(visitor.http.cookies)
    visitor.get("/")
    assert "signed out" in visitor.post("/sign-out").text
    visitor.http.cookies.update(cookie)
    assert visitor.get("/").status_code == 401


@pytest.mark.parametrize("way", ["idle", "over", "revoked", "client", "retired"])
def test_a_sign_in_ends(peopled: Site, way: str) -> None:
    visitor, hub = Visitor(peopled), peopled.hub
    visitor.open("ann")
    assert visitor.get("/").status_code != 401
    if way == "idle":
        peopled.clock.move(seconds=hub.limits.sign_in_idle_seconds)
    elif way == "over":
        step = timedelta(seconds=hub.limits.sign_in_idle_seconds - 60)
        end = hub.now() + timedelta(seconds=hub.limits.sign_in_seconds)
        while hub.now() + step < end:
            peopled.clock.move(seconds=step.total_seconds())
            assert visitor.get("/").status_code != 401
        peopled.clock.move(seconds=step.total_seconds())
    elif way == "revoked":
        assert sign_ins.revoke_all(hub, OPERATOR, user_id="ann") == 1
    elif way == "client":
        clients.revoke(hub, OPERATOR, peopled.lms.client_id)
    else:
        retire(hub, OPERATOR, user_id="ann")
    assert visitor.get("/").status_code == 401


def test_a_form_without_its_token_changes_nothing(peopled: Site) -> None:
    visitor, other = Visitor(peopled), Visitor(peopled)
    visitor.open("tom")
    other.open("ann")
    for token in ("", "0" * 64, other.form_token):
        answer = visitor.http.post("/sign-out", data={"form_token": token}, headers=HTML)
        assert answer.status_code == 403
    from_elsewhere = visitor.http.post(
        "/sign-out",
        data={"form_token": visitor.form_token},
        headers={**HTML, "Origin": "https://evil.example"},
    )
    assert from_elsewhere.status_code == 403
    assert visitor.get("/").status_code != 401


def test_a_link_narrows_roles_and_course(peopled: Site) -> None:
    peopled.course(OTHER_COURSE)
    peopled.ok("PUT", f"/courses/{OTHER_COURSE}/team/tom")
    people.grant_staff(peopled.hub, OPERATOR, user_id="tom", role=Role.SUPPORT)
    visitor = Visitor(peopled)
    visitor.open("tom", course_id=COURSE, roles=["course_team"])
    found = visitor.sign_in()
    assert found is not None
    with peopled.hub.database.read() as conn:
        pks = {}
        for course_id in (COURSE, OTHER_COURSE):
            course = courses.by_course_id(conn, course_id)
            assert course is not None
            pks[course_id] = course.id
        assert roles_in(conn, found.actor, pks[COURSE]) == {Role.COURSE_TEAM}
        assert roles_in(conn, found.actor, pks[OTHER_COURSE]) == frozenset()
        assert roles_in(conn, found.actor) == frozenset()


def test_who_may_frame_a_page_depends_on_the_course(peopled: Site) -> None:
    frames = {"course-v1:Acme+*": ("https://lms.example",), "other": ("https://no.example",)}
    http = TestClient(application(peopled.hub, web=WebSettings(frames=frames)))
    bound = {"user_id": "tom", "course_id": COURSE}
    url = peopled.ok("POST", "/launch-links", "lms", bound)["url"]
    policy = http.get(urlsplit(url).path).headers["content-security-policy"]
    assert "frame-ancestors https://lms.example;" in policy + ";"
    assert "'unsafe" not in policy
    free = peopled.ok("POST", "/launch-links", "lms", {"user_id": "tom"})["url"]
    policy = http.get(urlsplit(free).path).headers["content-security-policy"]
    assert "frame-ancestors https://lms.example https://no.example" in policy


def test_who_signed_in_for_a_course_is_framed_by_its_site_on_every_page(peopled: Site) -> None:
    frames = {COURSE: ("https://lms.example",), "other": ("https://no.example",)}
    visitor = Visitor(peopled)
    visitor.http = TestClient(
        application(peopled.hub, web=WebSettings(frames=frames)), base_url=peopled.hub.public_url
    )
    visitor.open("tom", course_id=COURSE)
    policy = visitor.get("/courses").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors https://lms.example")
    visitor.open("tom")
    policy = visitor.get("/courses").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'none'")


def test_an_unknown_page_is_a_page_for_browsers_and_a_problem_for_machines(site: Site) -> None:
    page = site.http.get("/no/such/page", headers=HTML)
    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html")
    problem = site.http.get("/no/such/page", headers={"Accept": "application/json"})
    assert problem.json()["type"] == "/problems/no_such_path"


def test_the_vendored_script_is_the_one_that_was_looked_at() -> None:
    for name, digest in VENDORED.items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest


def test_static_files_are_cached_for_ever_under_their_hash(site: Site) -> None:
    answer = site.http.get(static_url("site.css"))
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert site.http.get("/static/000000000000/site.css").status_code == 404
    outside = static_url("site.css").replace("site.css", "..%2fforms.py")
    assert site.http.get(outside).status_code == 404


def test_the_language_is_the_persons_choice(peopled: Site) -> None:
    visitor = Visitor(peopled)
    visitor.open("tom")
    visitor.get("/")
    visitor.post("/language", language="de", back="/")
    found = visitor.sign_in()
    assert found is not None and found.language == "de"
    visitor.post("/language", language="no tag", back="https://evil.example/")
    again = visitor.sign_in()
    assert again is not None and again.language == "de"


def backs(html: str) -> set[str]:
    """Where the choice of a language leads."""
    return {unescape(one) for one in re.findall(r'name="(?:back|target)" value="([^"]*)"', html)}


def test_a_language_is_chosen_for_the_page_as_it_was_asked_for(peopled: Site) -> None:
    visitor = Visitor(peopled)
    visitor.open("tom")
    path = f"/courses/{COURSE}/attempts?learner=ann&exam_id=1"
    assert backs(visitor.get(path).text) == {path}


def test_the_answer_to_a_form_leads_back_to_the_form(peopled: Site) -> None:
    visitor = Visitor(peopled)
    visitor.open("tom")
    hub = peopled.hub.public_url

    def answer(referrer: str) -> set[str]:
        data = {"form_token": visitor.form_token, "target": "/courses"}
        headers = {**HTML, "Referer": referrer, "Sec-Fetch-Dest": "iframe"}
        return backs(visitor.http.post("/another-window", data=data, headers=headers).text)

    path = f"/courses/{COURSE}/attempts?learner=ann"
    assert answer(hub + path) == {path}
    for elsewhere in ("", "https://evil.example/courses", hub, hub + "/another-window"):
        assert answer(elsewhere) == {"/"}


def test_the_address_of_a_form_is_a_page_for_browsers(peopled: Site) -> None:
    page = peopled.http.get("/another-window", headers=HTML)
    assert page.status_code == 405 and page.headers["content-type"].startswith("text/html")
    assert page.headers["allow"] == "POST" and "Go back to the form" in page.text
    problem = peopled.http.get("/another-window", headers={"Accept": "application/json"})
    assert problem.json()["type"] == "/problems/method_not_allowed"
