"""What a vendor's plan puts into the learner's page, and what the page then lets a browser do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import pytest
from starlette.testclient import TestClient

from proctor_hub import (
    DownloadPlan,
    FormPostPlan,
    HeartbeatPlan,
    LaunchPlan,
    OnLoss,
    RedirectPlan,
    hookimpl,
)
from proctor_hub.errors import VendorUnavailable
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.web.application import application
from proctor_hub.web.context import WebSettings
from proctor_hub.web.pages.words import rule
from tests.support import fake_vendor, plugin_of
from tests.web.pages.learner.test_journeys import code_of, words
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, a_site


class PlanningVendor(FakeVendor):
    """Launches as the test wants it."""

    plan: LaunchPlan = RedirectPlan(url="https://acme.example/")
    on_loss: OnLoss = OnLoss.SUBMIT

    @hookimpl
    def launch_session(self) -> LaunchPlan:
        """The test's plan."""
        return self.plan

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        """As the settings say, with the test's end."""
        plan = super().heartbeat_plan()
        return HeartbeatPlan(interval=plan.interval, url=plan.url, on_loss=self.on_loss)


@pytest.fixture
def planning(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Visitor]:
    """Ann, at a vendor whose plans the test sets on :class:`PlanningVendor`."""
    account = {"plugin": "planning", "heartbeat_url": "http://127.0.0.1:7788/alive"}
    monkeypatch.setattr(PlanningVendor, "plan", PlanningVendor.plan)
    monkeypatch.setattr(PlanningVendor, "on_loss", PlanningVendor.on_loss)
    plugins = [plugin_of("planning", PlanningVendor)]
    with a_site(sqlite_url, vendors={"acme": account}, plugins=plugins) as site:
        site.course()
        site.person("ann", course_id=COURSE)
        visitor = Visitor(site)
        visitor.open("ann")
        yield visitor


def policy_of(visitor: Visitor, path: str) -> dict[str, str]:
    """What the page's policy allows, by its directives."""
    text = visitor.get(path).headers["content-security-policy"]
    return dict(part.split(" ", 1) for part in text.split("; "))


def begun(visitor: Visitor) -> str:
    """The path of a practice exam whose session is to be set up."""
    path = f"/learn/exams/{visitor.site.exam(exam_type='practice')}"
    visitor.get(path)
    visitor.post(path + "/begin")
    return path


def running(visitor: Visitor) -> tuple[str, str]:
    """The path of a practice exam whose clock runs, and its attempt's code."""
    path = begun(visitor)
    code = code_of(visitor.site, int(path.rsplit("/", 1)[1]))
    visitor.site.ready(code)
    visitor.get(path)
    visitor.post(path + "/start")
    return path, code


def test_a_form_is_posted_to_the_vendors_host_and_no_other(planning: Visitor) -> None:
    PlanningVendor.plan = FormPostPlan(
        url="https://enter.acme.example:8443/go?x=1",
        fields={"token": 'a"><script>', "learner": "pseudonym"},
        instructions=("Press the button.",),
    )
    path = begun(planning)
    page = planning.get(path)
    form = re.search(r'<form[^>]* action="https://enter[^>]*>.*?</form>', page.text, re.DOTALL)
    assert form is not None and "Press the button." in words(page)
    assert 'name="token" value="a&#34;&gt;&lt;script&gt;"' in form[0]
    assert "form_token" not in form[0], "the vendor learns nothing of the sign-in"
    policy = policy_of(planning, path)
    assert policy["form-action"] == "'self' https://enter.acme.example:8443"
    assert policy["connect-src"] == "'self'"


def test_a_download_may_be_sent_on_to_another_host(planning: Visitor) -> None:
    """A redirect of a form is held to the page's policy, so the download is opened without one."""
    PlanningVendor.plan = DownloadPlan(download_url="https://acme.example/tool?os=a&b")
    path = begun(planning)
    assert policy_of(planning, path)["form-action"] == "'self'"
    answer = planning.post(path + "/download")
    assert answer.status_code == 200 and not answer.history
    assert 'content="0; url=https://acme.example/tool?os=a&amp;b"' in answer.text
    assert "form-action 'self';" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a b/", "/x"])
def test_a_plan_that_leads_nowhere_good_is_not_shown(planning: Visitor, url: str) -> None:
    path = begun(planning)
    for plan in (RedirectPlan(url=url), FormPostPlan(url=url, fields={})):
        PlanningVendor.plan = plan
        page = planning.get(path)
        assert "does not answer just now" in words(page) and url not in page.text
        assert policy_of(planning, path)["form-action"] == "'self'"


def test_the_heartbeat_is_asked_for_while_the_clock_runs(planning: Visitor) -> None:
    path = begun(planning)
    assert 'id="heartbeat"' not in planning.get(path).text
    planning.site.ready(code_of(planning.site, int(path.rsplit("/", 1)[1])))
    planning.get(path)
    planning.post(path + "/start")
    for _ in range(2):
        page = planning.get(path)
        assert 'data-url="http://127.0.0.1:7788/alive" data-every="10.0" data-grace="30.0"' in (
            page.text
        )
        assert policy_of(planning, path)["connect-src"] == "'self' http://127.0.0.1:7788"
        planning.post(path + "/finish")
    planning.post(path + "/submit")
    assert 'id="heartbeat"' not in planning.get(path).text


def test_lost_software_submits_what_there_is(planning: Visitor) -> None:
    path, code = running(planning)
    over = words(planning.post(path + "/software-lost"))
    assert "did not answer any more, so your exam has ended" in over
    assert "ended before you submitted the exam" in words(planning.get(path))
    assert planning.site.ok("GET", f"/attempts/{code}")["status"] == "submitted"
    assert "stands elsewhere" in words(planning.post(path + "/software-lost"))


def test_lost_software_is_an_error_where_the_vendor_says_so(planning: Visitor) -> None:
    PlanningVendor.on_loss = OnLoss.ERROR
    path, code = running(planning)
    assert "else your exam is stopped" in planning.get(path).text
    planning.post(path + "/software-lost")
    assert "reported a fault, or did not answer any more" in words(planning.get(path))
    assert planning.site.ok("GET", f"/attempts/{code}")["status"] == "error"


def test_rules_are_words_for_learners(planning: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = {"allow_notes": True, "no_phone": False}
    path = f"/learn/exams/{planning.site.exam(exam_type='practice', rules=rules)}"
    fake = fake_vendor(planning.site.hub)
    # As after a start of the hub: no rule is known.
    monkeypatch.setattr("proctor_hub.services.vendors._CATALOGUES", WeakKeyDictionary())
    fake.fail_with = VendorUnavailable("down")
    assert "Allow notes: yes No phone: no" in words(planning.get(path))
    fake.fail_with = None
    planning.site.clock.move(seconds=31)
    assert "Allow written notes: yes Forbid phones: no" in words(planning.get(path))
    heard = len(fake.told)
    assert "Allow written notes: yes" in words(planning.get(path))
    assert len(fake.told) == heard


def test_a_rule_nobody_has_words_for_can_be_read(planning: Visitor) -> None:
    assert rule("allow_scratch-paper") == "Allow scratch paper"
    assert rule("__") == "__"


def test_whom_to_ask_in_three_steps(planning: Visitor) -> None:
    site = planning.site
    exam = site.exam(exam_type="timed")
    web = WebSettings(contact="help@hub.example")
    planning.http = TestClient(
        application(site.hub, web=web),
        base_url=site.hub.public_url,
        cookies=dict(planning.http.cookies),
    )
    timed, practice = (
        f"/learn/exams/{exam}",
        f"/learn/exams/{site.exam(content_id='block-2', exam_type='practice')}",
    )
    assert "About this exam Write to help@hub.example" in words(planning.get(timed))
    # Without an address of the course, the vendor's support is asked about all.
    assert "About this exam Write to support@acme.example" in words(planning.get(practice))
    site.course(escalation_email="team@x.test")
    said = words(planning.get(practice))
    assert "About the proctoring software Write to support@acme.example" in said
    assert "About this exam Write to team@x.test" in said
    assert "About this exam Write to team@x.test" in words(planning.get(timed))
