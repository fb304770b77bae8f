"""May the exam be shown: the attempt's status and, for a vendor's own browser, its proof (§6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from proctor_hub import AttemptRef, RedirectToExam, SessionEntered
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services.attempts import access, staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.callbacks import Redirect
from proctor_hub.services.errors import NotFound
from proctor_hub.storage.records import AttemptRecord
from tests.services.attempts.world import World, a_world
from tests.support import LMS, START

S = AttemptStatus


@pytest.fixture
def browser(database_url: str) -> Iterator[World]:
    """A vendor whose own browser is the exam window."""
    with a_world(database_url, vendors={"acme": {"needs_exam_proof": True}}) as world:
        yield world


def enter(world: World, record: AttemptRecord) -> str:
    """The learner comes through the vendor's browser; the proof that the redirect carries."""
    vendor = world.vendor()
    vendor.acknowledges = RedirectToExam()
    vendor.says[b"enter"] = (SessionEntered(attempt=AttemptRef(attempt_code=record.code)),)
    reply = world.call(b"enter")
    assert isinstance(reply, Redirect)
    parts = urlsplit(reply.url)
    assert record.code in parts.path
    return parse_qs(parts.query)["proof"][0]


def test_without_an_own_browser_the_running_status_is_enough(world: World) -> None:
    for status in (S.READY_TO_START, S.SUBMITTED):
        found = access.check(world.hub, LMS, world.attempt(status).code, None)
        assert (found.may_show, found.until) == (False, None)
        assert found.status in found.reason
    running = world.attempt(S.STARTED)
    found = access.check(world.hub, LMS, running.code, None)
    assert (found.may_show, found.until) == (True, START + timedelta(minutes=60))
    with pytest.raises(NotFound):
        access.check(world.hub, world.learner("bob"), running.code, None)


def test_access_ends_with_the_clock(world: World) -> None:
    running = world.attempt(S.STARTED)
    world.clock.move(minutes=60)
    found = access.check(world.hub, LMS, running.code, None)
    assert (found.may_show, found.status) == (False, S.SUBMITTED)


def test_a_timed_exam_needs_no_proof(browser: World) -> None:
    record = browser.attempt(S.STARTED, ExamType.TIMED)
    assert access.check(browser.hub, LMS, record.code, None).may_show


def test_only_the_attempts_own_fresh_proof_opens_it(browser: World) -> None:
    record = browser.created(browser.exam(minutes=24 * 60))
    proof = enter(browser, record)
    other = enter(browser, browser.created(user_id="bob"))
    browser.act(record, A.START)
    for wrong in (None, "", "x.y.z", other, proof[:-4] + "AAAA"):
        found = access.check(browser.hub, LMS, record.code, wrong)
        assert (found.may_show, found.proof_accepted) == (False, False)
    assert access.check(browser.hub, LMS, record.code, proof).may_show
    browser.clock.move(hours=12)
    assert not access.check(browser.hub, LMS, record.code, proof).may_show


def test_the_proof_of_a_reset_attempt_opens_nothing(browser: World) -> None:
    record = browser.created()
    proof = enter(browser, record)
    browser.act(record, A.START)
    new = staff.reset(browser.hub, browser.prof, record.code, reason="x").record
    assert not access.check(browser.hub, LMS, record.code, proof).may_show
    assert not access.check(browser.hub, LMS, new.code, proof).may_show
    assert not access.check(browser.hub, LMS, record.code, enter(browser, record)).may_show


def test_reentry_ends_the_exam_and_its_proof_shows_nothing(browser: World) -> None:
    record = browser.created()
    enter(browser, record)
    browser.act(record, A.START)
    proof = enter(browser, record)
    found = access.check(browser.hub, LMS, record.code, proof)
    assert (found.may_show, found.status, found.proof_accepted) == (False, S.SUBMITTED, True)


def test_a_broken_vendor_does_not_open_its_exams_without_proof(
    browser: World, database_url: str
) -> None:
    record = browser.created()
    proof = enter(browser, record)
    browser.act(record, A.START)
    with a_world(database_url, vendors={"acme": {"readiness_minutes": "soon"}}) as broken:
        assert "acme" in broken.hub.vendors.broken
        assert not access.check(broken.hub, LMS, record.code, None).may_show
        assert access.check(broken.hub, LMS, record.code, proof).may_show
