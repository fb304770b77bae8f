"""The onboarding panel."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from proctor_hub.domain.words import OnboardingStatus
from proctor_hub.errors import VendorUnavailable
from proctor_hub.services.onboarding import apply_onboarding_change
from proctor_hub.storage import people
from proctor_hub.vendors.subjects import Capability
from tests.support import fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site, a_site

PATH = f"/courses/{COURSE}/onboarding"


def told(site: Site, user_id: str, status: OnboardingStatus) -> None:
    """The vendor says how far a learner is."""
    vendor = site.hub.vendors.get("acme")

    def unit(conn: object) -> None:
        person = people.by_user_id(conn, user_id)  # type: ignore[arg-type]
        assert person is not None
        known = people.pseudonym_for(conn, person.id, "acme")  # type: ignore[arg-type]
        until = site.hub.now() + timedelta(days=30)
        apply_onboarding_change(
            conn,  # type: ignore[arg-type]
            "acme",
            known,
            status,
            until,
            site.hub.now(),
            vendor.description,
        )

    site.hub.database.write(unit)


@pytest.fixture
def tom(site: Site) -> Visitor:
    site.course()
    site.team("tom")
    for name in ("ann", "ben", "cleo"):
        site.person(name, course_id=COURSE)
    told(site, "ann", OnboardingStatus.VERIFIED)
    told(site, "ben", OnboardingStatus.REJECTED)
    visitor = Visitor(site)
    visitor.open("tom")
    return visitor


def learners(html: str) -> list[str]:
    return re.findall(r"<tr><td>(\w+)</td>", html)


def test_everybody_with_their_status(tom: Visitor) -> None:
    page = tom.get(PATH)
    assert page.status_code == 200 and learners(page.text) == ["ann", "ben", "cleo"]
    for word in ("Verified", "Rejected", "Not started"):
        assert re.search(rf"</span> {word}</span>", page.text), word


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"username": "AN"}, ["ann"]),
        ({"email": "ben@"}, ["ben"]),
        ({"status": "not_started"}, ["cleo"]),
        ({"status": "rejected", "username": "a"}, []),
        ({"status": "nonsense"}, ["ann", "ben", "cleo"]),
    ],
)
def test_filters(tom: Visitor, asked: dict[str, str], found: list[str]) -> None:
    tom.get(PATH)
    page = tom.post(f"{PATH}/find", **asked)
    assert page.status_code == 200 and learners(page.text) == found
    assert ("No learner fits this filter" in page.text) is not bool(found)


def test_page_by_page_with_the_filter_kept(tom: Visitor, site: Site) -> None:
    for number in range(site.hub.limits.page_size):
        site.person(f"more{number}", course_id=COURSE)
    tom.get(PATH)
    first = tom.post(f"{PATH}/find", username="more", status="not_started")
    assert "Next page" not in first.text
    site.person("more_at_last", course_id=COURSE)
    first = tom.get(str(first.url).removeprefix(site.hub.public_url))
    onward = re.search(r'href="([^"]+cursor=[^"]+)"', first.text)
    assert onward and "more" not in onward[1]
    assert learners(tom.get(unescape(onward[1])).text) == ["more_at_last"]


def test_the_vendor_is_asked(tom: Visitor, site: Site) -> None:
    tom.get(PATH)
    assert "The vendor was asked" in tom.post(PATH).text
    assert fake_vendor(site.hub).hooks_told().count("onboarding_status") == 1
    fake_vendor(site.hub).fail_with = VendorUnavailable("no answer")
    tom.get(PATH)
    assert tom.post(PATH).status_code == 503


def test_a_vendor_without_onboarding_is_said_politely(sqlite_url: str) -> None:
    capabilities = [one for one in Capability if one not in ("onboarding", "polling")]
    vendors: dict[str, dict[str, object]] = {"acme": {}, "plain": {"capabilities": capabilities}}
    with a_site(sqlite_url, vendors=vendors) as site:
        site.course(vendor="plain")
        site.team("tom")
        visitor = Visitor(site)
        visitor.open("tom")
        page = visitor.get(PATH)
        assert page.status_code == 200 and "Acme Proctoring, has no onboarding" in page.text


def test_a_course_without_a_vendor_is_said_politely(embedded_site: Site) -> None:
    embedded_site.ok("PUT", f"/courses/{COURSE}", body={"title": "Exams"})
    embedded_site.team("tom")
    visitor = Visitor(embedded_site)
    visitor.open("tom")
    page = visitor.get(PATH)
    assert page.status_code == 200 and "has no vendor at present" in page.text
