"""The pages' forms sent at the same moment: one decision, and a page for whoever came second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from proctor_hub.domain.words import Role
from tests.races.audit import audit
from tests.races.racing import race
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site, a_site

ROUNDS = 4


class Deciding:
    """A second review of support's after another, and two of support."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.exam = site.exam()
        self._learners = 0

    def waiting(self) -> str:
        """A new one; its code."""
        self._learners += 1
        name = f"learner-{self._learners}"
        self.site.person(name, course_id=COURSE)
        code = self.site.taken(self.exam, name)
        assert self.site.review(code, "suspicious").status_code == 200
        return code

    def kinds(self, code: str) -> list[str]:
        """The decisions there are."""
        items = self.site.ok("GET", f"/attempts/{code}/decisions", "sue")["items"]
        return [str(one["kind"]) for one in items]

    def visitor(self, user_id: str) -> Visitor:
        """Somebody who is signed in."""
        visitor = Visitor(self.site)
        visitor.open(user_id, "support")
        return visitor


@pytest.fixture
def deciding(database_url: str) -> Iterator[Deciding]:
    """Afterwards every stored row is audited."""
    vendors: dict[str, dict[str, Any]] = {"acme": {"second_review_owner": "support"}}
    with a_site(database_url, vendors=vendors) as site:
        site.course()
        for name in ("sue", "sam"):
            site.staff(name, Role.SUPPORT)
        yield Deciding(site)
        audit(site.hub.database, mails=False)


def another_tab(visitor: Visitor) -> Visitor:
    """The same browser once more."""
    tab = Visitor(visitor.site)
    tab.http.cookies = visitor.http.cookies
    return tab


def _form(visitor: Visitor, code: str, word: str, reason: str) -> dict[str, str]:
    asked = visitor.get(f"/attempts/{code}/decide?decision={word}")
    version = re.search(r'name="version" value="(\d+)"', asked.text)
    assert version, asked.text
    return {"version": version[1], "reason": reason}


def _sent(visitor: Visitor, code: str, word: str, form: dict[str, str]) -> httpx.Response:
    return visitor.post(f"/attempts/{code}/decide?decision={word}", **form)


def _both(
    code: str, first: tuple[Visitor, str, str], second: tuple[Visitor, str, str]
) -> list[httpx.Response]:
    """Both have read their form; both send it at once."""
    forms = [_form(visitor, code, word, reason) for visitor, word, reason in (first, second)]
    calls = [
        lambda who=who, word=word, form=form: _sent(who, code, word, form)
        for (who, word, _), form in zip((first, second), forms, strict=True)
    ]
    endings = race(*calls)
    for ending in endings:
        assert ending.error is None, ending
    return [ending.value for ending in endings]


def test_of_two_people_one_decides_and_the_other_sees_what(deciding: Deciding) -> None:
    sue, sam = deciding.visitor("sue"), deciding.visitor("sam")
    for _ in range(ROUNDS):
        code = deciding.waiting()
        answers = _both(code, (sue, "fail", "A phone."), (sam, "pass", "A cat."))
        assert sorted(one.status_code for one in answers) == [200, 409]
        failed = answers[0].status_code == 200
        assert deciding.kinds(code) == ["fail" if failed else "pass"]
        lost = answers[1 if failed else 0].text
        assert "Nothing was decided" in lost
        assert ("A phone." if failed else "A cat.") in lost
        assert ("rejected" if failed else "verified") == deciding.site.ok(
            "GET", f"/attempts/{code}"
        )["status"]


def test_the_same_form_from_two_tabs_is_one_decision_for_both(deciding: Deciding) -> None:
    sue = deciding.visitor("sue")
    tab = another_tab(sue)
    for _ in range(ROUNDS):
        code = deciding.waiting()
        answers = _both(code, (sue, "fail", "A phone."), (tab, "fail", "A phone."))
        for one in answers:
            assert one.status_code == 200
            assert "Your decision is made" in one.text
        assert deciding.kinds(code) == ["fail"]


def test_of_two_tabs_that_say_otherwise_one_counts(deciding: Deciding) -> None:
    sue = deciding.visitor("sue")
    tab = another_tab(sue)
    for _ in range(ROUNDS):
        code = deciding.waiting()
        answers = _both(code, (sue, "escalate", "Unclear."), (tab, "pass", "A cat."))
        assert sorted(one.status_code for one in answers) == [200, 409]
        assert len(deciding.kinds(code)) == 1


def test_of_two_claims_one_holds(deciding: Deciding) -> None:
    visitors = [deciding.visitor("sue"), deciding.visitor("sam")]
    for _ in range(ROUNDS):
        code = deciding.waiting()
        for visitor in visitors:
            visitor.get("/support")
        path = f"/attempts/{code}/claim?back=support"
        endings = race(*[lambda who=who, path=path: who.post(path) for who in visitors])
        assert sorted(one.value.status_code for one in endings) == [200, 409]
