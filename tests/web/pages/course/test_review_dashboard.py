"""The Review Dashboard and the exams' rules: the vendor's pages, and the hub's own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from html import unescape
from typing import Any

import pytest

from proctor_hub import (
    Dashboard,
    DashboardData,
    DashboardEmbed,
    DashboardLink,
    DashboardRequest,
    RulesKind,
    VendorDescription,
    hookimpl,
)
from proctor_hub.errors import VendorUnavailable
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.web.pages.course.review_dashboard import KINDS
from tests.plans import grown, walked_in, watching
from tests.support import fake_vendor, plugin_of
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

PATH = f"/courses/{COURSE}/review-dashboard"
RULES = f"/courses/{COURSE}/rules"


class PlainVendor(FakeVendor):
    """A vendor without a dashboard, with rules in words."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        """As the fake vendor's, but for the rules."""
        base = super().describe_vendor()
        values = {name: getattr(base, name) for name in base.__dataclass_fields__}
        return VendorDescription(**{**values, "rules_kind": RulesKind.FREE_TEXT})

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> Dashboard:
        """Two sections of text."""
        return DashboardData(sections={"About": "Look at <b>all</b> incidents.", "Video": "Old."})


class LinkingVendor(FakeVendor):
    """A vendor whose dashboard only opens in a tab; its address is not always one of the web."""

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> Dashboard:
        """A link; for the configuration one that no browser may be sent to."""
        if request.scope == "configuration":
            return DashboardLink(url="javascript:alert(1)")
        if request.scope == "exam":
            expires = self.host.now() + timedelta(minutes=1)
            return DashboardEmbed(url="https://a.example; script-src */x", expires_at=expires)
        return DashboardLink(url="https://linking.example/d")


VENDORS: Mapping[str, Mapping[str, Any]] = {
    "acme": {},
    "plain": {"plugin": "plain"},
    "linking": {"plugin": "linking"},
}


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    plugins = [plugin_of("plain", PlainVendor), plugin_of("linking", LinkingVendor)]
    with a_site(database_url, vendors=VENDORS, plugins=plugins) as site:
        yield site


def team_of(site: Site, vendor: str) -> tuple[Visitor, int]:
    """A visitor on the team of a course with this vendor, and its exam."""
    site.course(vendor=vendor)
    site.team("tom")
    exam = site.exam()
    visitor = Visitor(site)
    visitor.open("tom")
    return visitor, exam


def policy(answer: Any) -> dict[str, str]:
    parts = answer.headers["content-security-policy"].split("; ")
    return {part.split(" ", 1)[0]: part.split(" ", 1)[1] for part in parts}


def test_an_embedded_dashboard(site: Site) -> None:
    tom, exam = team_of(site, "acme")
    page = tom.get(PATH)
    frame = re.search(r'<iframe class="tall" src="([^"]+)" title="([^"]+)"', page.text)
    assert frame and unescape(frame[1]).startswith("https://acme.example/dashboard/course?token=")
    assert policy(page)["frame-src"] == "https://acme.example"
    assert "Load the dashboard anew" in page.text
    of_exam = tom.get(f"{PATH}?exam_id={exam}")
    assert "https://acme.example/dashboard/exam?token=" in of_exam.text
    answer = tom.http.get(f"{PATH}/open", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("https://acme.example/dashboard/course?token=")


def test_quizzes_sessions_attention_detail(site: Site) -> None:
    tom, exam = team_of(site, "acme")
    for name in ("ann", "ben"):
        site.person(name, course_id=COURSE)
    code = site.taken(exam, "ann")
    site.taken(exam, "ben")
    site.review(code, "suspicious")
    assert f"review-dashboard?exam_id={exam}" in tom.get(PATH).text
    page = tom.get(f"{PATH}?exam_id={exam}")
    assert f"/attempts/{code}" in page.text and ">ben<" not in page.text
    assert ">ben<" in tom.get(f"{PATH}?exam_id={exam}&show=all").text
    assert ">ann<" not in tom.get(f"{PATH}?exam_id={exam}&show=waiting").text
    assert "No session here" in tom.get(f"{PATH}?exam_id={exam}&show=error").text
    detail = tom.http.get(f"{PATH}/open?attempt_code={code}", follow_redirects=False)
    assert detail.headers["location"].startswith("https://acme.example/dashboard/attempt?token=")


def test_archived_sessions_are_among_all_alone(site: Site) -> None:
    tom, exam = team_of(site, "acme")
    site.person("ann", course_id=COURSE)
    code = site.taken(exam, "ann")
    site.review(code, "suspicious")
    site.ok("POST", f"/attempts/{code}/reset", "tom", {"reason": "again"})
    path = f"{PATH}?exam_id={exam}"
    assert "No session of this exam requires attention" in tom.get(path).text
    assert f"/attempts/{code}" in tom.get(f"{path}&show=all").text


def test_a_vendor_without_a_dashboard(site: Site) -> None:
    tom, exam = team_of(site, "plain")
    page = tom.get(PATH)
    assert "Look at &lt;b&gt;all&lt;/b&gt; incidents." in page.text and "<iframe" not in page.text
    assert policy(page)["frame-src"] == "'none'"
    assert tom.get(f"{PATH}?exam_id={exam}").status_code == 200
    assert tom.get(f"{PATH}/open").status_code == 404


def test_a_dashboard_behind_a_link(site: Site) -> None:
    tom, exam = team_of(site, "linking")
    page = tom.get(PATH)
    assert f'href="{PATH}/open"' in unescape(page.text) and "<iframe" not in page.text
    answer = tom.http.get(f"{PATH}/open", follow_redirects=False)
    assert answer.headers["location"] == "https://linking.example/d"
    odd = tom.get(f"{PATH}?exam_id={exam}")
    assert odd.status_code == 200 and "cannot be shown" in odd.text
    assert policy(odd)["frame-src"] == "'none'" and "script-src *" not in str(odd.headers)
    rules = tom.get(RULES)
    assert "cannot be shown" in rules.text and "javascript:" not in rules.text
    assert tom.http.get(f"{RULES}/open", follow_redirects=False).status_code == 502


def test_what_is_another_courses_is_not_shown(site: Site) -> None:
    tom, _ = team_of(site, "acme")
    site.course(OTHER_COURSE)
    other = site.exam(OTHER_COURSE)
    site.person("dan", course_id=OTHER_COURSE)
    code = site.taken(other, "dan")
    assert tom.get(f"{PATH}?exam_id={other}").status_code == 404
    assert tom.get(f"{PATH}/open?exam_id={other}").status_code == 404
    assert tom.get(f"{PATH}/open?attempt_code={code}").status_code == 404
    assert tom.post(RULES, exam_id=other, rule="no_phone").status_code == 404
    site.ok("PUT", f"/courses/{OTHER_COURSE}/team/tom")
    # Theirs as well now, but under its own course's path.
    assert tom.get(f"{PATH}?exam_id={other}").status_code == 404
    assert tom.get(f"{PATH}/open?attempt_code={code}").status_code == 404


def test_binary_rules_are_saved(site: Site) -> None:
    tom, exam = team_of(site, "acme")
    page = tom.get(RULES)
    assert "Forbid phones" in page.text and "/dashboard/configuration?token=" in page.text
    offered = ["allow_notes", "no_phone"]
    done = tom.post(RULES, exam_id=exam, offered=offered, rule="no_phone")
    assert "The rules are saved" in done.text
    assert site.ok("GET", f"/exams/{exam}")["rules"] == {"allow_notes": False, "no_phone": True}
    assert re.search(r'value="no_phone" checked', done.text)
    done = tom.post(RULES, exam_id=exam, offered=offered)
    assert site.ok("GET", f"/exams/{exam}")["rules"] == {"allow_notes": False, "no_phone": False}
    assert tom.post(RULES, exam_id=exam, rule="invented").status_code == 422


def test_rules_in_words_are_saved(site: Site) -> None:
    tom, exam = team_of(site, "plain")
    tom.get(RULES)
    done = tom.post(RULES, exam_id=exam, custom_rules="A <calculator> is fine.")
    assert "A &lt;calculator&gt; is fine." in done.text
    assert site.ok("GET", f"/exams/{exam}")["custom_rules"] == "A <calculator> is fine."


def test_while_the_catalogue_is_not_known(site: Site) -> None:
    fake_vendor(site.hub).fail_with = VendorUnavailable("down")
    tom, _ = team_of(site, "acme")
    assert "does not say just now" in tom.get(RULES).text


def test_without_a_vendor(embedded_site: Site) -> None:
    embedded_site.ok("PUT", f"/courses/{COURSE}", body={"title": "Exams"})
    embedded_site.team("tom")
    visitor = Visitor(embedded_site)
    visitor.open("tom")
    assert "no proctored exam yet" in visitor.get(PATH).text
    assert "There are no rules to set here" in visitor.get(RULES).text


@pytest.mark.parametrize("show", list(KINDS))
def test_no_list_of_sessions_walks_a_table(site: Site, show: str) -> None:
    tom, exam = team_of(site, "acme")
    for name in ("ann", "bob"):
        site.person(name, course_id=COURSE)
        site.taken(exam, name)
    # Another exam and another course: what a walk would come through besides.
    site.taken(site.exam(content_id="block-2", name="Final"), "ann")
    site.course(OTHER_COURSE)
    site.person("cleo", course_id=OTHER_COURSE)
    site.taken(site.exam(OTHER_COURSE), "cleo")
    grown(site.hub.database)
    with watching() as statements:
        assert tom.get(PATH).status_code == 200
        page = tom.get(f"{PATH}?exam_id={exam}&show={show}")
    assert ("ann" in page.text) == (show in ("all", "waiting")), page.text
    read = list(statements.plans(site.hub.database, large=True))
    assert [one for one in read if "FROM attempts" in one and "LIMIT" in one]
    for plan in read:
        assert not walked_in(site.hub.database, plan) & {"attempts", "exams", "people"}, plan
        # Nor through a whole index of it.
        assert "SCAN attempts" not in plan, plan
