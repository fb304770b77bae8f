"""A user or a course may be called anything: its addresses lead to it, in the API and the pages."""

from __future__ import annotations

import itertools
import re
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proctor_hub.domain.words import Role
from proctor_hub.services.checks import ensure_id
from proctor_hub.services.errors import Invalid
from proctor_hub.web.foreign_ids import part, path_sent, whole
from tests.web.pages.visitor import Visitor
from tests.web.site import Site

NUMBERS = itertools.count()


def _ids(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Ids that nobody had before, with the text at both ends."""
    return texts.map(lambda text: f"{text}{next(NUMBERS)}{text}")


ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=100)
AWKWARD = st.text("/?#%+&;:@\\.~ '\"<é2Ff0", max_size=10)
IDS = _ids(ANY | AWKWARD)


@given(ids=st.lists(IDS, min_size=1, max_size=4))
def test_a_path_holds_its_ids_in_whole(ids: list[str]) -> None:
    sent = "/people/" + "/".join(part(one) for one in ids)
    scope = {"path": whole(sent.encode("ascii"))}
    assert [one.replace("\0", "/") for one in scope["path"].split("/")] == ["", "people", *ids]
    assert path_sent(scope) == sent


def test_no_id_can_pretend_to_be_a_slash() -> None:
    assert whole(b"/people/a%00b") == "/people/a\ufffdb"


@pytest.mark.parametrize("name", [".", "..", "", " ", "a\0b", "x" * 256])
def test_what_is_no_part_of_a_path_is_no_id(name: str) -> None:
    with pytest.raises(Invalid) as caught:
        ensure_id("user_id", name)
    assert list(caught.value.fields) == ["user_id"]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(course_id=IDS, user_id=IDS)
def test_whoever_it_is_is_reached(embedded_site: Site, course_id: str, user_id: str) -> None:
    site = embedded_site
    site.course(course_id)
    site.person("ann", course_id=course_id)
    _person(site, user_id, course_id)
    site.team("tom", course_id)
    exam = site.exam(course_id, content_id=f"block-{next(NUMBERS)}")
    path = f"/courses/{part(course_id)}"
    assert site.ok("GET", f"/people/{part(user_id)}")["user_id"] == user_id
    assert site.ok("GET", path)["course_id"] == course_id
    given = {"user_ids": [user_id], "exam_ids": [exam], "additional_minutes": 5}
    site.ok("POST", f"{path}/allowances", "tom", given)
    enrolled = site.ok("GET", f"{path}/enrolments")["items"]
    assert {one["user_id"] for one in enrolled} == {"ann", user_id}
    tom = Visitor(site)
    opened = tom.open("tom", "attempts", course_id=course_id)
    assert opened.status_code == 200 and _heading(opened.text) == "Attempts"
    assert 'aria-current="page"' in opened.text
    seen = tom.get(f"{path}/as/{part(user_id)}")
    assert "as other sees it" in seen.text and seen.status_code == 200, seen.text
    assert tom.get(_link(seen.text, f"/exams/{exam}")).status_code == 200
    listed = tom.get(f"{path}/allowances").text
    assert tom.get(_link(listed, "remove")).status_code == 200
    assert tom.get(path).status_code == 200
    language = tom.post("/language", language="de", back=path + "/attempts")
    assert language.status_code == 200 and 'lang="de"' in language.text
    site.ok("DELETE", f"/exams/{exam}/allowances/{part(user_id)}", "tom")
    site.ok("DELETE", f"{path}/enrolments/{part(user_id)}")


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(course_id=IDS, user_id=IDS)
def test_operators_reach_them(embedded_site: Site, course_id: str, user_id: str) -> None:
    site = embedded_site
    site.course(course_id)
    site.staff("oli", Role.OPERATOR)
    site.ok("PUT", f"/people/{part(user_id)}", body={"username": "other"})
    oli = Visitor(site)
    oli.open("oli", "operator")
    person = oli.get(f"/operator/people/{part(user_id)}")
    assert person.status_code == 200, person.text
    asked = oli.get(_link(person.text, "/grant-support"))
    assert asked.status_code == 200
    done = oli.post(f"/operator/people/{part(user_id)}/grant-support")
    assert "The role is granted." in done.text
    listed = oli.get("/operator/people")
    assert oli.get(_link(listed.text, f"people/{part(user_id)}")).status_code == 200
    course = oli.get(f"/operator/courses/{part(course_id)}")
    assert course.status_code == 200
    saved = oli.post(f"/operator/courses/{part(course_id)}/settings", proctoring_enabled="on")
    assert "The settings are changed." in saved.text


def _person(site: Site, user_id: str, course_id: str) -> None:
    body = {"username": "other", "full_name": "Full other"}
    site.ok("PUT", f"/people/{part(user_id)}", body=body)
    path = f"/courses/{part(course_id)}/enrolments/{part(user_id)}"
    site.ok("PUT", path, body={"track": "verified"})


def _heading(html: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", html)
    return found[1] if found else ""


def _link(html: str, holding: str) -> str:
    links = [unescape(one) for one in re.findall(r'href="([^"]+)"', html)]
    return next(one for one in links if holding in one)
