"""Pages in German, the vendors' plugins included: read, accessible, narrow enough, in the docs."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from proctor_hub.domain.words import Role
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import (
    launch_link,
    onboarded,
    proctored_exam,
    status_of,
    submitted,
    values_of,
)
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE


def _in_german(people: Windows, link: str) -> Page:
    return people.open(locale="de-DE").tab(link)


def _looks_right(page: Page) -> None:
    assert page.evaluate("document.documentElement.lang") == "de"
    axe(page)
    fits_narrow(page)


def test_a_learners_exam_with_the_plugins_own_steps(
    running: Live, people: Windows, shot: Pictures
) -> None:
    exam = proctored_exam(running, RPNOW, "ann")
    page = _in_german(people, launch_link(running, "ann", "exam", exam_id=exam))
    begin = page.get_by_role("button", name="Jetzt mit Aufsicht ablegen")
    expect(begin).to_be_visible()
    _looks_right(page)
    begin.click()
    expect(page.get_by_role("heading", name="Aufsichtssoftware einrichten")).to_be_visible()
    for step in ("Laden Sie die Aufsichtssoftware herunter", "mindestens 500 kbit/s"):
        expect(page.locator("ol.steps")).to_contain_text(step)
    shot(page, "german-learner-setup")
    _looks_right(page)


def test_the_vendors_own_german_reaches_the_learner(
    running: Live, people: Windows, shot: Pictures
) -> None:
    exam = proctored_exam(running, PROCTORTRACK, "ann")
    rules = {"allow_books": True, "no_headphones": True}
    running.site.ok("PATCH", f"/exams/{exam}", body={"rules": rules})
    onboarded(running, "ann")
    page = _in_german(people, launch_link(running, "ann", "exam", exam_id=exam))
    expect(page.get_by_text("Bücher und Notizen erlauben")).to_be_visible()
    page.get_by_role("button", name="Jetzt mit Aufsicht ablegen").click()
    expect(page.locator("ol.steps")).to_contain_text("Lichtbildausweis")
    shot(page, "german-learner-rules")
    _looks_right(page)


def test_what_team_and_operators_see(running: Live, people: Windows, shot: Pictures) -> None:
    exam = proctored_exam(running, RPNOW, "ann")
    running.site.team("tom")
    running.site.staff("oli", Role.OPERATOR)
    code = submitted(running, RPNOW, exam, "ann")
    running.sandboxes[RPNOW].review("suspicious", values_of(running, code))
    eventually(lambda: status_of(running, code) == "second_review_required", "the review came")
    page = _in_german(people, launch_link(running, "tom", "attempt", attempt_code=code))
    expect(page.get_by_role("heading", name="Was geschehen ist")).to_be_visible()
    expect(page.get_by_text("Zweite Überprüfung nötig").first).to_be_visible()
    expect(page.locator("time[data-local]").first).to_contain_text("22.11.2026")
    shot(page, "german-team-attempt")
    _looks_right(page)
    page = _in_german(people, launch_link(running, "oli", "operator"))
    expect(page.get_by_role("link", name="Änderungsprotokoll")).to_be_visible()
    page.goto(page.url.rstrip("/") + f"/courses/{COURSE}")
    expect(page.get_by_text("Verdächtige Überprüfungen gehen an den Support")).to_be_visible()
    shot(page, "german-operator-course")
    _looks_right(page)
