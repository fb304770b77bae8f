"""The choice of a course's vendor: compared, chosen, changed after a dry run."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from proctor_hub.domain.words import Role
from proctor_hub.services.courses import get_course
from tests.support import OPERATOR
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site, a_site

PLACE = f"/operator/courses/{COURSE}"
TWO = {"acme": {}, "zenith": {"capabilities": ["onboarding", "rules_catalog"]}}


@pytest.fixture
def oli(database_url: str) -> Iterator[Visitor]:
    """An operator of a hub with two vendors."""
    with a_site(database_url, vendors=TWO) as site:
        site.staff("oli", Role.OPERATOR)
        visitor = Visitor(site)
        visitor.open("oli", "operator")
        yield visitor


def vendor_of(site: Site) -> str | None:
    return get_course(site.hub, OPERATOR, course_id=COURSE).vendor


def test_a_course_is_found_by_its_exact_id(oli: Visitor) -> None:
    oli.site.course()
    found = oli.http.get("/operator/courses", params={"course": COURSE}, follow_redirects=False)
    assert found.headers["location"] == PLACE
    missing = oli.get("/operator/courses?course=course-v1:no")
    assert missing.status_code == 200 and "No course has the id" in missing.text


def test_settings_are_changed_and_the_first_vendor_chosen(oli: Visitor) -> None:
    site = oli.site
    site.ok("PUT", f"/courses/{COURSE}", body={"title": "Exams"})
    assert "none yet" in oli.get(PLACE).text
    done = oli.post(PLACE + "/settings", vendor="zenith", proctoring_enabled="yes")
    assert done.status_code == 200 and "settings are changed" in done.text
    course = get_course(site.hub, OPERATOR, course_id=COURSE)
    assert (course.vendor, course.proctoring_enabled) == ("zenith", True)
    assert course.decline_cascades is False  # its box was not ticked
    oli.post(PLACE + "/settings", vendor="acme")
    assert vendor_of(site) == "zenith"


def test_the_vendors_are_compared_by_what_they_declare(oli: Visitor) -> None:
    oli.site.course()
    text = oli.get(PLACE).text
    table = text[text.index("The vendors compared") :]
    for told in ("acme", "zenith", "Acme Proctoring", "Suspicious reviews go to", "30 minutes"):
        assert told in table
    assert "How a session is launched" in table and "downloads the software by a link" in table
    assert "What the learner needs" in table and "A webcam." in table


def test_the_vendor_is_changed_exactly_as_the_dry_run_showed(oli: Visitor) -> None:
    site = oli.site
    site.course()
    exam = site.exam()
    site.person("ann", course_id=COURSE)
    code = site.attempt(exam, "ann")["code"]
    german = oli.get(PLACE + "/migration?vendor=zenith", **{"accept-language": "de"}).text
    assert "Neuer Anbieter" in german and ">Bis<" not in german
    dry = oli.get(PLACE + "/migration?vendor=zenith")
    assert dry.status_code == 200, dry.text
    assert "Midterm" in dry.text and "made anew" in dry.text
    assert vendor_of(site) == "acme"
    digest = re.search(r'name="digest" value="([0-9a-f]+)"', dry.text)
    assert digest
    stale = oli.post(PLACE + "/migration", vendor="zenith", digest="0" * 64)
    assert stale.status_code == 409 and vendor_of(site) == "acme"
    done = oli.post(PLACE + "/migration", vendor="zenith", digest=digest[1])
    assert done.status_code == 200 and "new vendor" in done.text
    assert vendor_of(site) == "zenith"
    assert site.ok("GET", f"/attempts/{code}")["live"] is False


def test_a_dry_run_of_no_vendor_is_refused(oli: Visitor) -> None:
    oli.site.course()
    assert oli.get(PLACE + "/migration?vendor=nobody").status_code == 404
    assert oli.get(PLACE + "/migration?vendor=acme").status_code == 409
    assert oli.get("/operator/courses/none/migration?vendor=acme").status_code == 404
