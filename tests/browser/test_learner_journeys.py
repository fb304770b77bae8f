"""A learner's way to the result with each vendor, in Chromium, against the vendors' sandboxes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.accessibility import axe, fits_narrow
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import come_in, proctored_exam, values_of
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Windows
from tests.web.site import COURSE


def _code(live: Live, exam: int) -> str:
    """The code of Ann's newest attempt."""
    found = live.site.ok("GET", f"/courses/{COURSE}/attempts?exam_id={exam}&user_id=ann")
    return str(found["items"][0]["code"])


def _looks_right(page: Page, shot: Pictures, name: str) -> None:
    axe(page)
    fits_narrow(page)
    shot(page, name)


def _submit(page: Page) -> None:
    page.get_by_role("button", name="End my exam").click()
    page.get_by_role("button", name="Yes, submit my exam").click()
    expect(page.locator("main")).to_contain_text("Pending")


def test_rpnow(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    exam = proctored_exam(live, RPNOW, "ann")
    live.site.course(vendor=RPNOW, escalation_email="team@x.test", allow_opt_out=True)
    window = people.open(permissions=["clipboard-read", "clipboard-write"])
    page = window.tab()
    come_in(live, page, "ann")
    _looks_right(page, shot, "learner-exams")
    page.get_by_role("link", name="Midterm").click()
    _looks_right(page, shot, "learner-entrance")
    page.get_by_role("link", name="Take it without proctoring").click()
    expect(page.locator("main")).to_contain_text("does not count for credit")
    _looks_right(page, shot, "learner-without-proctoring")
    page.get_by_role("link", name="No, go back").click()
    page.get_by_role("button", name="Take it proctored now").click()
    code = _code(live, exam)
    expect(page.locator("#exam-code")).to_have_text(code)
    expect(page.locator("main")).to_contain_text("500 kbps")
    _looks_right(page, shot, "learner-setup-code")
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code
    # The secure browser is another one; it brings the proof.
    answer = live.sandboxes[RPNOW].do("ready", values_of(live, code))[0]
    secure = people.open().tab(answer["location"])
    expect(page.locator("main")).to_contain_text("Go on in the proctoring software's own browser")
    _looks_right(page, shot, "learner-elsewhere")
    secure.get_by_role("button", name="Start the exam").click()
    expect(secure.locator("iframe.questions")).to_be_visible()
    expect(page.get_by_role("timer")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    people.move(minutes=10)
    _submit(secure)
    _looks_right(secure, shot, "learner-pending")
    assert live.sandboxes[RPNOW].review("clean", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Satisfactory")
    _looks_right(page, shot, "learner-satisfactory")


def test_proctortrack(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    exam = proctored_exam(live, PROCTORTRACK, "ann")
    onboarding = live.site.exam(
        content_id="block-onboarding", name="Onboarding", exam_type="onboarding"
    )
    page = people.open().tab()
    come_in(live, page, "ann", exam)
    expect(page.locator("main")).to_contain_text("You need an approved onboarding")
    _looks_right(page, shot, "learner-onboarding-first")
    page.get_by_role("button", name="Take it proctored now").click()
    expect(page.locator("main")).to_contain_text("You cannot take this exam before onboarding")
    _looks_right(page, shot, "learner-onboarding-missing")
    page.get_by_role("link", name="Go to the onboarding exam").click()
    page.get_by_role("button", name="Begin onboarding").click()
    code = _take(live, page, onboarding, shot)
    assert live.sandboxes[PROCTORTRACK].review("suspicious", values_of(live, code)) == [200]
    page.reload()
    _looks_right(page, shot, "learner-unsatisfactory")
    page.get_by_role("button", name="Retry onboarding").click()
    code = _take(live, page, onboarding)
    assert live.sandboxes[PROCTORTRACK].review("clean", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Your onboarding was approved")
    page.goto(f"{live.url}/learn/exams/{exam}")
    page.get_by_role("button", name="Try again").click()
    code = _take(live, page, exam)
    assert live.sandboxes[PROCTORTRACK].review("clean", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Satisfactory")


def _take(live: Live, page: Page, exam: int, shot: Pictures | None = None) -> str:
    """From the set-up to *Pending*; the attempt's code."""
    expect(page.locator("ol.steps li").first).to_be_visible()
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Download the proctoring software").click()
    expect(opened.value.locator("body")).not_to_be_empty()
    opened.value.close()
    if shot is not None:
        _looks_right(page, shot, "learner-setup-download")
    code = _code(live, exam)
    live.sandboxes[PROCTORTRACK].make_ready(values_of(live, code))
    page.get_by_role("button", name="Start the exam").wait_for()
    if shot is not None:
        _looks_right(page, shot, "learner-ready")
    page.get_by_role("button", name="Start the exam").click()
    expect(page.get_by_role("timer")).to_be_visible()
    _submit(page)
    return code
