"""Ways in and out of an exam that go wrong for people: links, sign-ins, tabs, impatient fingers."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from proctor_hub.services.access import sign_ins
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.framing import Framing
from tests.browser.learning import code_of, history_of, submit
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import come_in, launch_link
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows
from tests.support import OPERATOR
from tests.web.site import COURSE

GONE = "status of 410"
SIGNED_OUT = "status of 401"


@pytest.fixture
def exam(running_alone: Live) -> int:
    """A timed exam of 30 minutes, for Ann and Bob."""
    return _exam(running_alone)


def _exam(live: Live) -> int:
    live.site.course(vendor=RPNOW)
    for name in ("ann", "bob"):
        live.site.person(name, course_id=COURSE)
    return live.site.exam(exam_type="timed")


def _begin(page: Page) -> None:
    page.get_by_role("button", name="Go to the start").click()
    page.get_by_role("button", name="Start the exam").click()
    expect(page.locator("#clock-left")).to_be_visible()


def _ends_politely(page: Page, *said: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(said[0])
    for text in said[1:]:
        expect(page.locator("main")).to_contain_text(text)
    axe(page)
    fits_narrow(page)


def test_links_that_are_over_or_used(running_alone: Live, exam: int, people: Windows) -> None:
    window = people.open()
    window.watch.expect(GONE)
    link = launch_link(running_alone, "ann", "exam", exam_id=exam)
    people.move(minutes=3)
    page = window.tab(link)
    _ends_politely(page, "This is over", "works once")
    link = launch_link(running_alone, "ann", "exam", exam_id=exam)
    page.goto(link)
    page.wait_for_url(f"**/learn/exams/{exam}")
    other = people.open()
    other.watch.expect(GONE)
    _ends_politely(other.tab(link), "This is over", "works once")
    # Whoever used it goes on.
    _begin(page)


def test_another_persons_link_in_the_same_browser(
    running_alone: Live, exam: int, people: Windows
) -> None:
    window = people.open()
    anns = window.tab()
    come_in(running_alone, anns, "ann", exam)
    _begin(anns)
    bobs = window.tab()
    come_in(running_alone, bobs, "bob", exam)
    # What was Ann's form does nothing for Bob: her tab shows how things stand for him.
    anns.get_by_role("button", name="End my exam").click()
    expect(anns.get_by_text("Full bob")).to_be_visible()
    expect(anns.locator("#clock")).to_have_count(0)
    assert "Full ann" not in anns.content()
    come_in(running_alone, anns, "ann", exam)
    expect(anns.locator("#clock-left")).to_be_visible()
    assert history_of(running_alone, code_of(running_alone, exam)) == ["created", "started"]


def test_signed_out_in_the_middle_of_an_exam(
    running_alone: Live, exam: int, people: Windows, shot: Pictures
) -> None:
    window = people.open()
    window.watch.expect(SIGNED_OUT)
    page = window.tab()
    come_in(running_alone, page, "ann", exam)
    _begin(page)
    page.evaluate("window.still = 'the same page'")
    assert sign_ins.revoke_all(running_alone.hub, OPERATOR, user_id="ann") == 1
    people.move(seconds=31)
    expect(page.locator("#clock-out")).to_be_visible()
    expect(page.locator("#clock-assertive")).to_contain_text("Your exam and its time go on")
    expect(page.locator("iframe.questions")).to_be_visible()
    axe(page)
    fits_narrow(page)
    shot(page, "learner-exam-signed-out")
    again = window.tab()
    come_in(running_alone, again, "ann", exam)
    expect(again.locator("#clock-left")).to_be_visible()
    people.move(seconds=6)
    expect(page.locator("#clock-out")).to_be_hidden()
    assert page.evaluate("window.still") == "the same page"
    # Its forms are the new sign-in's: nothing has to be loaded again.
    submit(page, "You have submitted this timed exam")


def test_a_form_after_the_sign_in_has_ended(
    running_alone: Live, exam: int, people: Windows
) -> None:
    window = people.open()
    window.watch.expect(SIGNED_OUT)
    page = window.tab()
    come_in(running_alone, page, "ann", exam)
    _begin(page)
    sign_ins.revoke_all(running_alone.hub, OPERATOR, user_id="ann")
    page.get_by_role("button", name="End my exam").click()
    expect(page.locator("#clock-out")).to_be_visible()
    expect(page.locator("iframe.questions")).to_be_visible()
    page.reload()
    _ends_politely(page, "You are not signed in", "from your course again")
    come_in(running_alone, page, "ann", exam)
    expect(page.locator("#clock-left")).to_be_visible()
    submit(page, "You have submitted this timed exam")


def test_back_after_signing_out_shows_nothing(
    running_alone: Live, exam: int, people: Windows, shot: Pictures
) -> None:
    window = people.open()
    window.watch.expect(SIGNED_OUT)
    page = window.tab()
    come_in(running_alone, page, "ann", exam)
    _begin(page)
    page.get_by_role("button", name="Sign out").click()
    _ends_politely(page, "You are signed out")
    shot(page, "signed-out")
    page.go_back()
    _ends_politely(page, "You are not signed in")
    assert "Full ann" not in page.content()


def test_an_exam_that_was_due_is_closed(running: Live, people: Windows, shot: Pictures) -> None:
    running.site.course(vendor=RPNOW, escalation_email="team@x.test")
    running.site.person("ann", course_id=COURSE)
    due = running.clock() + timedelta(minutes=10)
    exam = running.site.exam(due_at=due.isoformat())
    page = people.open().tab()
    come_in(running, page, "ann", exam)
    begin = page.get_by_role("button", name="Take it proctored now")
    expect(begin).to_be_visible()
    people.move(minutes=20)
    page.reload()
    _ends_politely(page, "Midterm", "This exam was due and can no longer be begun.")
    expect(begin).to_have_count(0)
    shot(page, "learner-closed")


def test_back_after_the_end_shows_the_end(running_alone: Live, exam: int, people: Windows) -> None:
    page = people.open().tab()
    come_in(running_alone, page, "ann", exam)
    _begin(page)
    submit(page, "You have submitted this timed exam")
    page.go_back()
    expect(page.locator("main")).to_contain_text("You have submitted this timed exam")
    expect(page.locator("#clock")).to_have_count(0)


def test_impatient_fingers(running_alone: Live, exam: int, people: Windows) -> None:
    page = people.open().tab()
    come_in(running_alone, page, "ann", exam)
    for name in ("Go to the start", "Start the exam", "End my exam", "Yes, submit my exam"):
        page.get_by_role("button", name=name).dblclick()
        expect(page.get_by_role("button", name=name)).to_have_count(0)
        expect(page.locator("main")).not_to_contain_text("stands elsewhere")
    expect(page.locator("main")).to_contain_text("You have submitted this timed exam")
    code = code_of(running_alone, exam)
    assert history_of(running_alone, code) == [
        "created",
        "started",
        "ready_to_submit",
        "completed",
        "submitted",
    ]


def test_two_tabs_before_the_start(running_alone: Live, exam: int, people: Windows) -> None:
    window = people.open()
    one = window.tab()
    come_in(running_alone, one, "ann", exam)
    other = window.tab(one.url)
    one.get_by_role("button", name="Go to the start").click()
    other.get_by_role("button", name="Go to the start").click()
    expect(other.get_by_role("button", name="Start the exam")).to_be_visible()
    one.get_by_role("button", name="Start the exam").click()
    expect(one.locator("#clock-left")).to_be_visible()
    other.get_by_role("button", name="Start the exam").click()
    expect(other.locator("#clock-left")).to_be_visible()
    expect(other.locator("main")).to_contain_text("stands elsewhere by now")
    assert history_of(running_alone, code_of(running_alone, exam)) == ["created", "started"]


def test_the_clock_in_a_frame_of_another_site(
    running_secured: Live, people: Windows, other_site: Framing
) -> None:
    exam = _exam(running_secured)
    link = launch_link(running_secured, "ann", "exam", exam_id=exam)
    page = people.open().tab(other_site.page(link))
    frame = page.frame_locator("iframe[name=exam]")
    frame.get_by_role("button", name="Go to the start").click()
    frame.get_by_role("button", name="Start the exam").click()
    expect(frame.locator("#clock-left")).to_have_text(re.compile("^29:"))
    people.move(minutes=24, seconds=20)
    expect(frame.locator("#clock-left")).to_have_text(re.compile("^5:"))
    expect(frame.locator("#clock-polite")).to_contain_text("A fifth of your time")
    axe(page)
    # The other site shows the same, used, link: it leads whom it signed in on.
    page.reload()
    expect(frame.locator("#clock-left")).to_have_text(re.compile("^5:"))


def test_the_clock_where_a_frame_may_keep_no_cookie(
    running_alone: Live, exam: int, people: Windows, other_site: Framing
) -> None:
    link = launch_link(running_alone, "ann", "exam", exam_id=exam)
    window = people.open()
    page = window.tab()
    with window.context.expect_page() as opened:
        page.goto(other_site.page(link))
    tab = opened.value
    _begin(tab)
    people.move(minutes=10)
    expect(tab.locator("#clock-left")).to_have_text(re.compile("^(20:00|19:)"))
    submit(tab, "You have submitted this timed exam")
