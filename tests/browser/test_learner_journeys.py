"""A learner's way to the result with each vendor, in Chromium, against the vendors' sandboxes."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from proctor_hub.domain.words import Role
from tests.browser.learning import Looks, code_of, history_of, submit, take_with_download
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import come_in, proctored_exam, values_of
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Window, Windows
from tests.web.site import COURSE


def _secure(live: Live, people: Windows, code: str) -> tuple[Window, Page]:
    """The vendor's own browser, which brings the proof, at the exam's page."""
    answer = live.sandboxes[RPNOW].do("ready", values_of(live, code))[0]
    window = people.open()
    return window, window.tab(answer["location"])


def test_rpnow(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    exam = proctored_exam(live, RPNOW, "ann", "bob")
    live.site.course(vendor=RPNOW, escalation_email="team@x.test", allow_opt_out=True)
    live.site.ok("PATCH", f"/exams/{exam}", body={"custom_rules": "One page of notes"})
    allowance = {"exam_ids": [exam], "user_ids": ["ann"], "additional_minutes": 15}
    live.site.ok("POST", f"/courses/{COURSE}/allowances", body=allowance)
    window = people.open(permissions=["clipboard-read", "clipboard-write"])
    looks = Looks(window, shot, ["Full bob", "bob@x.test"])
    page = window.tab()
    come_in(live, page, "ann")
    looks(page, "learner-exams")
    page.get_by_role("link", name="Midterm").click()
    expect(page.locator("main")).to_contain_text("One page of notes")
    expect(page.locator("main")).to_contain_text("45 minutes")
    expect(page.locator("main")).to_contain_text("15 minutes more")
    looks(page, "learner-entrance")
    page.get_by_role("link", name="Later").click()
    page.wait_for_url("**/learn")
    page.get_by_role("link", name="Midterm").click()
    page.get_by_role("link", name="Take it without proctoring").click()
    expect(page.locator("main")).to_contain_text("does not count for credit")
    looks(page, "learner-without-proctoring")
    page.get_by_role("link", name="No, go back").click()
    page.get_by_role("button", name="Take it proctored now").click()
    code = code_of(live, exam)
    looks.secrets.append(live.site.external_id(code))
    expect(page.locator("#exam-code")).to_have_text(code)
    expect(page.locator("main")).to_contain_text("500 kbps")
    looks(page, "learner-setup-code")
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == code
    secure_window, secure = _secure(live, people, code)
    inside = Looks(secure_window, shot, looks.secrets)
    # The page of the ordinary browser moves on by itself.
    expect(page.locator("main")).to_contain_text("Go on in the proctoring software's own browser")
    looks(page, "learner-elsewhere")
    inside(secure, "learner-ready-secure-browser")
    secure.get_by_role("button", name="Start the exam").click()
    expect(secure.locator("iframe.questions")).to_be_visible()
    expect(page.get_by_role("timer")).to_be_visible()
    expect(page.locator("iframe")).to_have_count(0)
    looks(page)
    people.move(minutes=10)
    secure.get_by_role("button", name="End my exam").click()
    expect(secure.get_by_role("heading", name="Submit the exam?")).to_be_visible()
    inside(secure, "learner-submit")
    secure.get_by_role("button", name="No, go back to the questions").click()
    submit(secure)
    inside(secure, "learner-pending")
    assert live.sandboxes[RPNOW].review("clean", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Satisfactory")
    looks(page, "learner-satisfactory")


def test_rpnow_entered_again_and_failed(
    running_alone: Live, people: Windows, shot: Pictures
) -> None:
    live = running_alone
    exam = proctored_exam(live, RPNOW, "ann")
    live.site.staff("sue", Role.SUPPORT)
    page = people.open().tab()
    come_in(live, page, "ann", exam)
    page.get_by_role("button", name="Take it proctored now").click()
    expect(page.locator("#exam-code")).to_be_visible()
    code = code_of(live, exam)
    _, first = _secure(live, people, code)
    first.get_by_role("button", name="Start the exam").click()
    expect(first.get_by_role("timer")).to_be_visible()
    # The secure browser was closed, and the code is used a second time.
    window, again = _secure(live, people, code)
    expect(again.locator("main")).to_contain_text("An exam is not started twice")
    expect(again.locator("main")).to_contain_text("Pending")
    Looks(window, shot, [live.site.external_id(code)])(again, "learner-entered-again")
    people.move(seconds=31)
    expect(first.locator("main")).to_contain_text("Pending")
    assert history_of(live, code).count("started") == 1
    assert live.sandboxes[RPNOW].review("suspicious", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Pending")
    expect(page.locator("main")).to_contain_text("once more before there is a result")
    decision = {"decision": "fail", "reason": "somebody else in the room"}
    live.site.ok("POST", f"/attempts/{code}/decisions", "sue", decision)
    page.reload()
    _is_unsatisfactory(page)


def _is_unsatisfactory(page: Page) -> None:
    main = page.locator("main")
    expect(main).to_contain_text("Unsatisfactory")
    expect(main).to_contain_text("Your grade for this exam was set to 0")
    expect(main).to_contain_text("team@x.test")


def test_proctortrack(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    exam = proctored_exam(live, PROCTORTRACK, "ann", "bob")
    live.site.team("tom")
    onboarding = live.site.exam(
        content_id="block-onboarding", name="Onboarding", exam_type="onboarding"
    )
    window = people.open()
    looks = Looks(window, shot, ["Full bob", "bob@x.test"])
    page = window.tab()
    come_in(live, page, "ann", exam)
    expect(page.locator("main")).to_contain_text("You need an approved onboarding")
    looks(page, "learner-onboarding-first")
    page.get_by_role("button", name="Take it proctored now").click()
    expect(page.locator("main")).to_contain_text("You cannot take this exam before onboarding")
    looks(page, "learner-onboarding-missing")
    page.get_by_role("link", name="Go to the onboarding exam").click()
    page.get_by_role("button", name="Begin onboarding").click()
    code = take_with_download(live, page, onboarding, looks)
    assert live.sandboxes[PROCTORTRACK].review("suspicious", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Your onboarding was not approved")
    looks(page, "learner-onboarding-rejected")
    page.get_by_role("button", name="Retry onboarding").click()
    code = take_with_download(live, page, onboarding)
    assert live.sandboxes[PROCTORTRACK].review("clean", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Your onboarding was approved")
    page.goto(f"{live.url}/learn/exams/{exam}")
    page.get_by_role("button", name="Try again").click()
    code = take_with_download(live, page, exam)
    looks.secrets.append(live.site.external_id(code))
    assert live.sandboxes[PROCTORTRACK].review("suspicious", values_of(live, code)) == [200]
    page.reload()
    expect(page.locator("main")).to_contain_text("Pending")
    looks(page, "learner-second-review")
    decision = {"decision": "fail", "reason": "a phone on the desk"}
    live.site.ok("POST", f"/attempts/{code}/decisions", "tom", decision)
    page.reload()
    _is_unsatisfactory(page)
    looks(page, "learner-unsatisfactory")
    live.site.ok(
        "POST", f"/attempts/{code}/decisions", "tom", {"decision": "pass", "reason": "a calculator"}
    )
    page.reload()
    expect(page.locator("main")).to_contain_text("Satisfactory")
    expect(page.locator("main")).not_to_contain_text("Unsatisfactory")


def test_a_readiness_that_lapsed(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    live.site.course(vendor=PROCTORTRACK, escalation_email="team@x.test")
    live.site.person("ann", course_id=COURSE)
    exam = live.site.exam(name="Identity check", exam_type="onboarding")
    window = people.open()
    looks = Looks(window, shot)
    page = window.tab()
    come_in(live, page, "ann", exam)
    page.get_by_role("button", name="Begin onboarding").click()
    expect(page.locator("ol.steps li").first).to_be_visible()
    code = code_of(live, exam)
    live.sandboxes[PROCTORTRACK].make_ready(values_of(live, code))
    page.get_by_role("button", name="Start the exam").wait_for()
    people.move(minutes=31)
    # The page has noticed by itself that it is too late to start on.
    expect(page.locator("main")).to_contain_text("Your session is not ready any more")
    looks(page, "learner-readiness-lapsed")
    live.sandboxes[PROCTORTRACK].make_ready(values_of(live, code))
    page.get_by_role("button", name="Start the exam").click()
    expect(page.locator("#clock-left")).to_be_visible()


def test_practice_and_again(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    live.site.course(vendor=RPNOW, escalation_email="team@x.test")
    live.site.person("ann", course_id=COURSE)
    exam = live.site.exam(name="Try it out", exam_type="practice")
    window = people.open()
    looks = Looks(window, shot)
    page = window.tab()
    come_in(live, page, "ann", exam)
    expect(page.locator("main")).to_contain_text("installed again for the real exam")
    looks(page, "learner-practice")
    codes = []
    for button in ("Practise now", "Practise again"):
        page.get_by_role("button", name=button).click()
        expect(page.locator("#exam-code")).to_be_visible()
        codes.append(code_of(live, exam))
        _, secure = _secure(live, people, codes[-1])
        secure.get_by_role("button", name="Start the exam").click()
        expect(secure.get_by_role("timer")).to_be_visible()
        submit(secure, "It is not reviewed; you may retry it")
        people.move(seconds=31)
        expect(page.locator("main")).to_contain_text("It is not reviewed; you may retry it")
        expect(page.locator("main")).not_to_contain_text("Pending")
    assert codes[0] != codes[1]
    looks(page, "learner-practice-over")


def test_without_proctoring(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    exam = proctored_exam(live, RPNOW, "ann")
    other = live.site.exam(content_id="block-2", name="Final")
    live.site.course(vendor=RPNOW, escalation_email="team@x.test", allow_opt_out=True)
    window = people.open()
    looks = Looks(window, shot)
    page = window.tab()
    come_in(live, page, "ann", exam)
    page.get_by_role("link", name="Take it without proctoring").click()
    for follows in (
        "does not count for credit",
        "not offered to you again",
        "every other proctored exam",
        "no time limit",
    ):
        expect(page.locator("main")).to_contain_text(follows)
    page.get_by_role("button", name="Yes, without proctoring and without credit").dblclick()
    expect(page.locator("main")).to_contain_text("You chose to take this exam without proctoring")
    looks(page, "learner-declined")
    assert history_of(live, code_of(live, exam)) == ["declined"]
    page.goto(f"{live.url}/learn/exams/{other}")
    expect(page.locator("main")).to_contain_text("You chose to take this exam without proctoring")


def test_a_vendor_that_is_down(running_alone: Live, people: Windows, shot: Pictures) -> None:
    live = running_alone
    exam = proctored_exam(live, RPNOW, "ann")
    window = people.open()
    looks = Looks(window, shot)
    page = window.tab()
    come_in(live, page, "ann", exam)
    live.sandboxes[RPNOW].do("down", {})
    page.get_by_role("button", name="Take it proctored now").click()
    expect(page.locator("main")).to_contain_text("your time has not begun")
    looks(page, "learner-vendor-down")
    assert history_of(live, code_of(live, exam)) == ["created"]
    live.sandboxes[RPNOW].do("up", {})
    people.move(minutes=5)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#exam-code")).to_be_visible()
