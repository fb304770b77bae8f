"""An operator's whole job in Chromium, once with each vendor: chosen, changed to, tested, broken,
and what needs an operator's hand; every act is found in the audit log afterwards."""

from __future__ import annotations

import re

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from proctor_hub.domain.words import Role
from proctor_hub.services import retirement_ledger as ledger
from proctor_hub.services.access import launch_links
from proctor_hub.services.breakers import THRESHOLD
from proctor_hub.storage.outbox import NEVER
from proctor_hub.storage.tables import outbox
from tests.browser.accessibility import axe, fits_narrow
from tests.browser.clocks import eventually
from tests.browser.live import Live
from tests.browser.pictures import Pictures
from tests.browser.vendors import PROCTORTRACK, RPNOW
from tests.browser.windows import Windows
from tests.support import OPERATOR
from tests.web.site import COURSE

REASON = "their support told us on the phone"


class Operator:
    """Oli at work; each method is one errand, and looks at every page on the way."""

    def __init__(self, live: Live, page: Page, shot: Pictures, vendor: str) -> None:
        self.live, self.page, self.vendor = live, page, vendor
        self._shot = shot

    @property
    def main(self) -> str:
        """What the page says."""
        return self.page.locator("main").inner_text()

    def go(self, path: str) -> None:
        """Open a page of the room."""
        self.page.goto(f"{self.live.url}/operator{path}")

    def says(self, text: str) -> None:
        """The page says it."""
        expect(self.page.locator("main")).to_contain_text(text)

    def press(self, name: str) -> None:
        """Press a button of the page."""
        self.page.locator("main").get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        """Follow a link of the page."""
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def look(self, name: str) -> None:
        """The page is accessible, narrow enough, and in the documentation."""
        axe(self.page)
        fits_narrow(self.page)
        self.page.emulate_media(color_scheme="light")
        self._shot(self.page, f"operator-{name}")

    def choose_vendor(self, first: str) -> None:
        """Turn proctoring on for a course, with a vendor."""
        self.go("/courses")
        self.look("courses")
        self.page.get_by_label("Course id").fill("course-v1:nobody")
        self.press("Open")
        self.says("No course has the id course-v1:nobody")
        self.page.get_by_label("Course id").fill(COURSE)
        self.press("Open")
        expect(self.page.locator("table")).to_contain_text("Exam types")
        self.look("course")
        self.page.get_by_label("Proctoring is on").check()
        self.page.get_by_label("Vendor", exact=True).select_option(first)
        self.page.get_by_label("Escalation e-mail").fill("team@x.test")
        self.press("Change the settings")
        self.says("The settings are changed")

    def change_vendor(self) -> None:
        """Move the course: dry run, what becomes of the exam, then exactly that."""
        live = self.live
        exam = live.site.exam()
        code = live.site.attempt(exam, "ann")["code"]
        self.go(f"/courses/{COURSE}")
        self.press("Dry run")
        self.says("Midterm")
        self.says("made anew with the new vendor")
        self.look("migration")
        assert live.site.ok("GET", f"/attempts/{code}")["live"] is True
        self.press(f"Change the vendor to {self.vendor}")
        self.says("The course has its new vendor")
        assert live.site.ok("GET", f"/attempts/{code}")["live"] is False
        exams = live.site.ok("GET", f"/courses/{COURSE}/exams")["items"]
        assert [one["vendor"] for one in exams if one["is_active"]] == [self.vendor]

    def break_and_test_vendor(self) -> None:
        """A test call, one while the vendor is down until calls are paused, one when it is back."""
        self.go("/vendors")
        self.look("vendors")
        self.follow(self.vendor)
        self.press("Test call")
        self.says("The vendor answers")
        self.look("vendor-tested")
        self.live.sandboxes[self.vendor].do("down", {})
        for _ in range(10):
            self.press("Test call")
            self.says("does not answer as it should")
            if "Paused" in self.main:
                break
        self.says("Paused")
        expect(self.page.locator("dt", has_text="Last error").locator("+ dd")).not_to_have_text("-")
        self.look("vendor-down")
        self.live.sandboxes[self.vendor].do("up", {})
        self.press("Test call")
        self.says("The vendor answers")
        expect(self.page.locator("dt", has_text="Calls to it").locator("+ dd")).to_contain_text(
            "Answers"
        )

    def break_untestable_vendor(self, people: Windows) -> None:
        """A vendor without a test call: what learners meet pauses it, and ends the pause."""
        live = self.live
        self.go(f"/vendors/{self.vendor}")
        self.says("no call by which it could be tested")
        expect(self.page.get_by_role("button", name="Test call")).to_have_count(0)
        exam = live.site.exam(content_id="block-2", name="Final")
        live.sandboxes[self.vendor].do("down", {})
        for number in range(THRESHOLD):
            who = f"learner{number}"
            live.site.person(who, course_id=COURSE)
            live.site.call("POST", "/attempts", "lms", {"exam_id": exam, "user_id": who})
        self.page.reload()
        self.says("Paused")
        expect(self.page.locator("dt", has_text="Last error").locator("+ dd")).not_to_have_text("-")
        self.look("vendor-down")
        live.sandboxes[self.vendor].do("up", {})
        people.move(minutes=10)
        live.site.person("eve", course_id=COURSE)
        live.site.attempt(exam, "eve")
        self.page.reload()
        self.says("Answers")

    def vouch(self) -> None:
        """A call that nobody proved to be the vendor's: why, what it says, and taking it."""
        self.go(f"/vendors/{self.vendor}")
        addresses = self.page.get_by_role("region", name="Addresses for the vendor")
        address = addresses.locator("tr", has_text="POST").first.locator("code").last.inner_text()
        url = re.sub(r"\{[^}]*\}", "unknown", address)
        stranger = httpx.post(url, json={"status": "passed", "token": "s3cret"}, trust_env=False)
        assert stranger.status_code in (401, 403), stranger.text
        self.go("/callbacks")
        self.look("callbacks")
        self.page.locator("tbody th a").first.click()
        self.says("Nobody proved that a vendor sent this")
        assert "s3cret" not in self.page.content()
        self.look("callback")
        self.page.get_by_label("Why it may be believed").fill(REASON)
        self.press("Vouch and take it")
        self.says(f"oli: {REASON}")
        self.go(f"/vendors/{self.vendor}")
        expect(self.page.get_by_role("region", name="Last callbacks")).to_be_visible()

    def retry(self) -> None:
        """What was given up: seen on the overview, and tried again."""
        live = self.live

        def given_up(conn: sa.Connection) -> int:
            """As the relay leaves it after two days in vain."""
            last = sa.select(sa.func.max(outbox.c.id)).where(outbox.c.destination == "lms")
            pk = int(conn.execute(last).scalar_one())
            values = {
                "delivered_at": None,
                "parked_at": live.clock(),
                "next_try_at": NEVER,
                "tries": 12,
                "last_error": "the LMS answered 503",
            }
            conn.execute(outbox.update().where(outbox.c.id == pk).values(values))
            return pk

        eventually(lambda: _all_told(live), "the LMS is told everything")
        pk = live.hub.database.write(given_up)
        self.go("/deliveries")
        self.says("the LMS answered 503")
        self.look("deliveries")
        self.follow("Retry all parked ones")
        self.look("deliveries-retry")
        self.go(f"/deliveries/{pk}")
        self.look("delivery")
        self.press("Retry")
        self.says("It is tried again now")
        eventually(lambda: _all_told(live), "it arrives")
        self.page.reload()
        self.says("Delivered")

    def keep_clients(self) -> None:
        """A client is made and given a new key; each secret is shown once."""
        self.go("/clients")
        self.page.get_by_label("Name, to tell clients apart").fill("campus")
        self.press("Make it and show its secret")
        client = self.page.locator("#client-id").inner_text()
        secret = self.page.locator("#client-secret").inner_text()
        self.look("client-secret")
        self.follow("I have kept it")
        assert secret not in self.page.content()
        self.look("clients")
        row = self.page.locator("tr", has_text=client)
        row.get_by_role("link", name="New secret").click()
        self.look("client-rotate")
        self.press("Make a new secret")
        assert self.page.locator("#client-secret").inner_text() != secret
        self.follow("I have kept it")
        row.get_by_role("link", name="Revoke").click()
        self.look("client-revoke")
        self.press("Revoke the client")
        self.says("The client is revoked")

    def keep_people(self) -> None:
        """Somebody becomes support, and is it no more."""
        self.go("/people")
        self.look("people")
        self.page.get_by_label("User id, username or e-mail").fill("tom")
        self.press("Look for them")
        self.look("people-found")
        self.follow("tom")
        self.look("person")
        self.follow("Make support")
        self.look("person-ask")
        self.press("Make support")
        self.says("The role is granted")
        self.follow("Take the role support back")
        self.press("Take the role support back")
        self.says("The role is taken back")

    def retire(self) -> None:
        """A learner is erased after the id was typed; the ledger says how far the vendors are."""
        self.go("/retirements")
        self.page.get_by_label("User id").fill("ann")
        self.press("See what follows")
        self.look("retire-ask")
        self.page.get_by_label("Type the user id once more").fill("Ann")
        self.press("Erase this learner")
        self.says("nothing was erased")
        self.page.get_by_label("Type the user id once more").fill("ann")
        self.press("Erase this learner")
        self.says("The learner is erased here")
        # One vendor has the call and confirms; the other has none, so an operator has to.
        eventually(lambda: not _asked(self.live) - {RPNOW}, "the vendor with the call confirms")
        self.page.reload()
        expect(self.page.get_by_role("region", name="Vendors that knew them")).to_be_visible()
        self.look("retirement")
        waits = self.page.get_by_role("link", name="Confirm by hand")
        if waits.count():
            waits.first.click()
            self.look("retirement-confirm")
            self.page.get_by_label("How that is known").fill("by their letter")
            self.press("Confirm the erasure")
            self.says("by your word")
        self.go("/retirements")
        self.look("retirements")

    def find_in_the_log(self, *actions: str) -> None:
        """Each act is on record, with the operator's name."""
        for action in actions:
            self.go("/audit")
            self.page.get_by_label("By (user id").fill("oli")
            self.page.locator("#action").select_option(action)
            self.press("Show")
            expect(self.page.locator("tbody th code").first).to_have_text(action)
        self.go("/audit")
        self.look("audit")
        self.page.locator("#subject").fill(COURSE)
        self.page.locator("#since").fill("2026-11-22T00:00")
        self.press("Show")
        expect(self.page.locator("tbody th").first).to_contain_text("Vendor of a course changed")
        if self.vendor == PROCTORTRACK:
            self.page.locator("#subject").fill(self.vendor)
            self.press("Show")
            expect(self.page.locator("tbody th").first).to_contain_text("Vendor tested")

    def leave(self) -> None:
        """Nothing is to be seen after signing out, by the back button either."""
        self.go("/clients")
        self.page.get_by_role("button", name="Sign out").click()
        expect(self.page.locator("h1")).to_contain_text("signed out")
        self.page.go_back()
        expect(self.page.locator("main")).not_to_contain_text("Machines that call the hub")


def _asked(live: Live) -> set[str]:
    """The vendors that have not confirmed the erasure."""
    (one,) = ledger.list_retirements(live.hub, OPERATOR).items
    return {receipt.vendor for receipt in one.receipts if not receipt.confirmed}


def _all_told(live: Live) -> bool:
    waiting = sa.select(outbox.c.id).where(
        outbox.c.delivered_at.is_(None), outbox.c.destination == "lms"
    )
    with live.hub.database.read() as conn:
        return conn.execute(waiting).first() is None


@pytest.mark.parametrize(
    ("first", "vendor"), [(RPNOW, PROCTORTRACK), (PROCTORTRACK, RPNOW)], ids=(PROCTORTRACK, RPNOW)
)
def test_an_operators_day(
    running: Live, people: Windows, shot: Pictures, first: str, vendor: str
) -> None:
    site = running.site
    site.ok("PUT", f"/courses/{COURSE}", body={"title": "Exams"})
    for name in ("ann", "tom"):
        site.person(name, course_id=COURSE)
    site.staff("oli", Role.OPERATOR)
    link = launch_links.for_staff(running.hub, OPERATOR, user_id="oli", target="/operator")
    window = people.open()
    page = window.tab(link.url)
    page.wait_for_url("**/operator")
    oli = Operator(running, page, shot, vendor)
    oli.look("overview")
    oli.choose_vendor(first)
    oli.change_vendor()
    if vendor == PROCTORTRACK:
        oli.break_and_test_vendor()
    else:
        oli.break_untestable_vendor(people)
    oli.vouch()
    oli.retry()
    oli.keep_clients()
    oli.keep_people()
    window.watch.expect("status of 422")
    oli.retire()
    oli.find_in_the_log(
        "course.changed", "course.migrated", "callback.replayed",
        "delivery.retried", "client.created", "client.rotated", "client.revoked",
        "staff.granted", "staff.revoked", "learner.retired",
    )  # fmt: skip
    window.watch.expect("status of 401")
    oli.leave()
