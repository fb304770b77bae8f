"""Who may see which page of the course team and of support: the table of domain §2, in pages."""

from __future__ import annotations

import pytest

from proctor_hub.domain.words import Role
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site

TEAM, SUPPORT, OPERATOR, LEARNER, STRANGER = "tom", "sue", "olga", "ann", "tim"
"""``tim`` is on the team of another course."""

SEES = {
    f"/courses/{COURSE}/reports": {TEAM, OPERATOR},
    f"/courses/{COURSE}/reports/pending": {TEAM, OPERATOR},
    f"/courses/{COURSE}/onboarding": {TEAM},
    f"/courses/{COURSE}/allowances": {TEAM, SUPPORT},
    f"/courses/{COURSE}/second-reviews": {TEAM, SUPPORT},
    f"/courses/{COURSE}/review-dashboard": {TEAM, SUPPORT},
    f"/courses/{COURSE}/rules": {TEAM, OPERATOR},
    f"/courses/{COURSE}/as": {TEAM},
    f"/courses/{COURSE}/as/ann": {TEAM},
    "/support": {SUPPORT},
}

SENDS = {
    f"/courses/{COURSE}/reports": {TEAM, OPERATOR},
    f"/courses/{COURSE}/onboarding": {TEAM},
    f"/courses/{COURSE}/allowances": {TEAM, SUPPORT},
    f"/courses/{COURSE}/rules": {TEAM, OPERATOR},
}
EVERYBODY = (TEAM, SUPPORT, OPERATOR, LEARNER, STRANGER)


@pytest.fixture
def visitors(site: Site) -> dict[str, Visitor]:
    site.course()
    site.course(OTHER_COURSE)
    assert site.exam() == 1
    site.team(TEAM)
    site.team(STRANGER, OTHER_COURSE)
    site.staff(SUPPORT, Role.SUPPORT)
    site.staff(OPERATOR, Role.OPERATOR)
    site.person(LEARNER, course_id=COURSE)
    found = {}
    for name in EVERYBODY:
        found[name] = Visitor(site)
        found[name].open(name)
        found[name].get("/no-such-page")
    return found


def test_pages_and_forms_are_for_whom_they_are(visitors: dict[str, Visitor]) -> None:
    wrong = []
    for name, visitor in visitors.items():
        for path, allowed in SEES.items():
            status = visitor.get(path).status_code
            expected = (200, 286) if name in allowed else (403, 404)
            if status not in expected:
                wrong.append(f"{name} GET {path}: {status}")
        for path, allowed in SENDS.items():
            # Right but for what only the permission lets one hear: then it is no refusal.
            status = visitor.post(path, exam_id="1").status_code
            if (status in (403, 404)) is (name in allowed):
                wrong.append(f"{name} POST {path}: {status}")
    assert not wrong


def test_somebody_elses_pages_are_not_even_there(visitors: dict[str, Visitor]) -> None:
    for path in SEES:
        if path.startswith("/courses"):
            assert visitors[STRANGER].get(path).status_code == 404, path
