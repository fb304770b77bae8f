"""No address, log line or referrer has the name of whom a list was asked for."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from proctor_hub.domain.words import Role
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site

ATTEMPTS, ONBOARDING = f"/courses/{COURSE}/attempts", f"/courses/{COURSE}/onboarding"
NAME = "zoe.secret"
EMAIL = f"{NAME}@x.test"
FORMS = [
    ("tom", ATTEMPTS, {"username": NAME, "email": EMAIL}),
    ("tom", ONBOARDING, {"username": NAME, "email": EMAIL}),
    ("oli", "/operator/audit", {"by": NAME, "subject": EMAIL}),
]


@pytest.fixture
def peopled(embedded_site: Site) -> Site:
    site = embedded_site
    site.course()
    exam = site.exam()
    for number in range(site.hub.limits.page_size + 1):
        site.person(f"{NAME}{number}", course_id=COURSE)
        site.attempt(exam, f"{NAME}{number}")
    for name in ("tom", "tim"):
        site.team(name)
    site.staff("oli", Role.OPERATOR)
    site.staff("sue", Role.SUPPORT)
    return site


def visiting(site: Site, who: str, path: str) -> Visitor:
    visitor = Visitor(site)
    visitor.open(who)
    assert visitor.get(path).status_code == 200
    return visitor


@pytest.mark.parametrize(("who", "path", "asked"), FORMS)
def test_what_was_asked_for_stays_and_is_in_no_address(
    peopled: Site, who: str, path: str, asked: dict[str, str]
) -> None:
    visitor = visiting(peopled, who, path)
    with capture_logs() as logs:
        found = visitor.post(f"{path}/find", **asked)
    assert found.status_code == 200 and found.url.path == path
    steps = [found, *found.history]
    addresses = [str(one.url) for one in steps] + [one.headers.get("location", "") for one in steps]
    links = re.findall(r'(?:href|action)="([^"]*)"', found.text)
    assert not [one for one in [*addresses, *links] if "secret" in one]
    assert "secret" not in str(logs) and len(logs) >= 2
    assert not any("?" in str(one) or "f=" in str(one) for one in logs)
    for name, value in asked.items():
        assert f'name="{name}"' in found.text and f'value="{value}"' in found.text
    again = visitor.get(f"{path}?{urlsplit(str(found.url)).query}")
    assert f'value="{EMAIL}"' in again.text


def test_pages_order_and_csv_go_on_with_it(peopled: Site) -> None:
    tom = visiting(peopled, "tom", ATTEMPTS)
    first = tom.post(f"{ATTEMPTS}/find", username=NAME, sort="username")
    onward = unescape(re.findall(r'rel="next" href="([^"]+)"', first.text)[0])
    assert {"f", "sort", "cursor"} == set(parse_qs(urlsplit(onward).query))
    second = tom.get(onward)
    assert f"{NAME}9<" in second.text and f'value="{NAME}"' in second.text
    link = unescape(re.findall(r'href="([^"]+csv[^"]*)"', second.text)[0])
    assert tom.get(link).text.count(NAME) >= peopled.hub.limits.page_size + 1
    assert tom.get(unescape(re.findall(r'rel="prev" href="([^"]+)"', second.text)[0])).text


def test_only_who_asked_can_ask_again(peopled: Site) -> None:
    tom, tim = (visiting(peopled, who, ATTEMPTS) for who in ("tom", "tim"))
    found = tom.post(f"{ATTEMPTS}/find", username=NAME)
    query = urlsplit(str(found.url)).query
    refused = tim.get(f"{ATTEMPTS}?{query}")
    assert refused.status_code == 422 and "somebody else asked" in refused.text
    assert NAME not in refused.text


@pytest.mark.parametrize(
    "made", ["x", "é", "AAAA", "-" * 3000, "_w", "BXdyb25nAAAAAAAAAAAAAAAAAAA"]
)
def test_what_this_hub_never_sealed_is_refused(peopled: Site, made: str) -> None:
    tom = visiting(peopled, "tom", ATTEMPTS)
    answer = tom.get(f"{ATTEMPTS}?f={made}")
    assert answer.status_code == 422 and "Ask again." in answer.text


def test_all_attempts_of_a_learner_are_one_link_away(peopled: Site) -> None:
    tom = visiting(peopled, "tom", ATTEMPTS)
    table = tom.get(ATTEMPTS).text
    page = tom.get(re.findall(r'href="(/attempts/[^"]+)"', table)[0])
    name = re.findall(r"<h1>(zoe.secret\d+) ", page.text)[0]
    links = [unescape(one) for one in re.findall(r'href="([^"]+)"', page.text)]
    theirs = tom.get(next(one for one in links if one.startswith(ATTEMPTS + "?archived")))
    assert f'value="{name}"' in theirs.text and f">{name}</a>" in theirs.text
