"""A course team's way where the hub makes the dashboard, and what is the same with any vendor."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from proctor_hub.domain.report import ReportStatus
from proctor_hub.storage import tables as t
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.scenes import proctored_exam, status_of
from tests.browser.staff import at_course, go, looks_right, suspicious
from tests.browser.vendors import RPNOW
from tests.browser.windows import Windows


def test_the_dashboard_the_hub_makes_rules_and_one_more_try(
    running: Live, people: Windows, shot: Pictures
) -> None:
    live = running
    exam = proctored_exam(live, RPNOW, "ann", "bob")
    live.site.team("tom")
    suspicious(live, RPNOW, exam, "ann")
    code = str(live.site.attempt(exam, "bob")["code"])
    live.site.act(code, "fault")
    page = at_course(live, people.open(), "tom")
    go(page, "Review dashboard")
    expect(page.locator("iframe")).to_have_count(0)
    page.get_by_role("link", name="Midterm").click()
    expect(page.get_by_role("row", name="ann")).to_contain_text("Suspicious")
    looks_right(page, shot, "team-dashboard-of-the-hub")
    page.get_by_role("link", name="In error").click()
    page.get_by_role("link", name="bob").click()
    page.get_by_role("link", name="Resume").click()
    looks_right(page, shot, "team-resume")
    page.get_by_label("Why?").fill("The power failed.")
    page.get_by_role("button", name="Resume").dblclick()
    expect(page.get_by_text("Resumed: this is the new attempt")).to_be_visible()
    again = page.url.rsplit("/", 1)[1].split("?")[0]
    assert again != code
    assert status_of(live, again) == "created"
    page.get_by_role("link", name="Reset").click()
    expect(page.get_by_text("told to clear the answers")).to_be_visible()
    looks_right(page, shot, "team-reset")
    page.get_by_label("Why?").fill("Wrong exam.")
    page.get_by_role("button", name="Reset").click()
    expect(page.get_by_text("Reset: this is the new attempt")).to_be_visible()
    page.get_by_role("link", name="All attempts of this learner").click()
    expect(page.get_by_role("row", name="bob")).to_have_count(3)
    go(page, "Exam rules")
    page.get_by_label("Rules of Midterm").fill("One sheet of paper is allowed.")
    looks_right(page, shot, "team-custom-rules")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rules are saved")).to_be_visible()
    go(page, "Onboarding")
    expect(page.locator("main")).to_contain_text("has no onboarding")


def test_allowances_for_many_and_one_taken_back(
    running: Live, people: Windows, shot: Pictures
) -> None:
    live = running
    proctored_exam(live, RPNOW, "ann", "bob")
    live.site.team("tom")
    page = at_course(live, people.open(), "tom")
    go(page, "Allowances")
    page.get_by_label("Learners").fill("ann, bob\nnobody")
    page.get_by_label("Midterm").check()
    page.get_by_label("More minutes").fill("15")
    page.get_by_label("Time multiplier").fill("1,5")
    looks_right(page, shot, "team-allowances-many")
    page.get_by_role("button", name="Grant").click()
    expect(page.get_by_text("One name could not be served in full")).to_be_visible()
    expect(page.get_by_role("row", name="nobody")).to_contain_text("not a learner of this course")
    looks_right(page, shot, "team-allowances-granted")
    page.get_by_role("link", name="Back to all allowances").click()
    page.get_by_role("row", name="bob").get_by_role("link", name="Take back").click()
    looks_right(page, shot, "team-allowance-removal")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("The allowance was taken back.")).to_be_visible()
    expect(page.get_by_role("row", name="bob")).to_have_count(0)
    expect(page.get_by_role("row", name="ann")).to_contain_text("15")


def _running_report(live: Live) -> Any:
    """A long report of somebody else's, at work: changes how far it is."""
    at = live.clock()
    row = {
        "code": "r" * 20, "course_pk": 1, "kind": "legacy", "status": ReportStatus.RUNNING,
        "requested_role": "course_team", "requested_by": "", "requested_person_pk": None,
        "requested_at": at, "started_at": at, "heard_at": at, "rows_done": 40, "rows_total": 100,
    }  # fmt: skip
    live.hub.database.write(lambda conn: conn.execute(t.reports.insert().values(row)))
    mine = t.reports.update().where(t.reports.c.code == row["code"])

    def change(**values: Any) -> None:
        live.hub.database.write(lambda conn: conn.execute(mine.values(values)))

    return change


def test_reports_from_the_button_to_the_file(
    running: Live, people: Windows, shot: Pictures
) -> None:
    live = running
    exam = proctored_exam(live, RPNOW, "ann")
    live.site.team("tom")
    suspicious(live, RPNOW, exam, "ann")
    window = people.open()
    page = at_course(live, window, "tom")
    go(page, "Reports")
    expect(page.get_by_text("Reports hold personal data.")).to_be_visible()
    expect(page.get_by_text("reviews, not scores")).to_be_visible()
    change = _running_report(live)
    page.get_by_role("button", name="Generate Proctored Exam Results Report").click()
    pending = page.locator("#pending-reports")
    expect(pending).to_contain_text("40 of 100 attempts")
    # Looking and taking pictures leaves marks on elements, which htmx would carry over.
    page.route("**/reports/pending*", lambda route: route.fulfill(status=204))
    looks_right(page, shot, "team-reports-pending")
    page.unroute("**/reports/pending*")
    page.reload()
    change(rows_done=80)
    expect(pending).to_contain_text("80 of 100 attempts")
    # Without the page being loaded again.
    ready = page.locator("#available-reports").get_by_role("link")
    expect(ready).to_have_count(1)
    change(status=ReportStatus.FAILED, finished_at=live.clock(), error="x")
    expect(pending).to_contain_text("could not be made")
    expect(pending).to_contain_text("Nothing is being generated.")
    first = ready.inner_text()
    with page.expect_download() as download:
        ready.click()
    assert "ann" in Path(download.value.path()).read_text(encoding="utf-8")
    people.move(minutes=1)
    page.get_by_role("button", name="Generate the report with the older columns").click()
    expect(ready).to_have_count(2)
    assert ready.nth(1).inner_text() == first
    looks_right(page, shot, "team-reports-available")
    people.move(**_just_over(minutes=5))
    old = ready.first.get_attribute("href")
    window.watch.expect("status of 410")
    stale = window.tab(old)
    expect(stale.get_by_role("heading", level=1)).to_be_visible()
    page.reload()
    with page.expect_download() as download:
        ready.first.click()
    assert Path(download.value.path()).stat().st_size > 0


def _just_over(**delta: float) -> dict[str, float]:
    return {"seconds": timedelta(**delta).total_seconds() + 1}
