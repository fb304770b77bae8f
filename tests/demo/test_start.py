"""The demo's start page: everybody is offered, forms of other sites do nothing."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from proctor_hub.demo.client import HubClient
from proctor_hub.demo.data import load_plan
from proctor_hub.demo.start import Start, add_start
from proctor_hub.demo.steering import Sandbox

HUB = "http://hub.example"
CODE = "c0de"


class Recorded(HubClient):
    """A hub that answers from a table and keeps what it was asked."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        super().__init__(HUB, "id", "secret")
        self.asked: list[tuple[str, str, Any]] = []

    def call(
        self, method: str, path: str, body: Any = None, *, user: str | None = None, **more: Any
    ) -> Any:
        """An answer as the hub's."""
        self.asked.append((method, path, body))
        if path == "/launch-links":
            return {"url": f"{HUB}/launch/one"}
        one = {"code": CODE, "live": True, "vendor": sorted(load_plan().vendors)[0]}
        one |= {"status": "created", "user_id": "101", "exam_name": "<b>Final</b>"}
        one |= {"course_id": load_plan().courses[0].course_id, "external_id": "e1"}
        return {"items": [one]} if path.endswith("/attempts") else one


class Played(Sandbox):
    """A sandbox that keeps what it was told."""

    def __init__(self, slug: str) -> None:
        """Nothing was told yet."""
        plan = load_plan().vendors[slug]
        super().__init__(slug, "http://sandbox.example", plan.commands, plan.reviews)
        self.told: list[tuple[str, Any]] = []

    def do(self, command: str, values: Any, body: Any = None) -> list[Any]:
        """A vendor that the hub answered well."""
        self.told.append((command, values))
        return [{"status": 200}]


@pytest.fixture
def start() -> Start:
    """The start page over a recorded hub."""
    plan = load_plan()
    sandboxes = {slug: Played(slug) for slug in plan.vendors}
    return Start(plan=plan, hub=Recorded(), hub_url=HUB, sandboxes=sandboxes)


@pytest.fixture
def http(start: Start) -> TestClient:
    """A browser at the start page."""
    app = FastAPI()
    add_start(app, start)
    return TestClient(app, base_url="http://lms.example", follow_redirects=False)


def test_everybody_of_the_demo_is_offered(http: TestClient) -> None:
    page = http.get("/").text
    plan = load_plan()
    for one in plan.everybody:
        assert f'value="{one.user_id}"' in page
    assert "operator" in page and "&lt;b&gt;Final&lt;/b&gt;" in page


def test_a_button_leads_into_the_hub_alone_or_in_a_frame(http: TestClient, start: Start) -> None:
    alone = http.post("/sign-in", data={"user_id": "101"})
    assert (alone.status_code, alone.headers["location"]) == (303, f"{HUB}/launch/one")
    framed = http.post("/sign-in", data={"user_id": "101", "framed": "yes"})
    assert f'<iframe src="{HUB}/launch/one"' in framed.text
    assert f"frame-src {HUB}" in framed.headers["content-security-policy"]
    nobody = http.post("/sign-in", data={"user_id": "nobody"})
    assert "no%20such%20person" in nobody.headers["location"]
    assert isinstance(start.hub, Recorded)
    http.post("/sign-in", data={"user_id": "11"})
    asked = [body["page"] for _, path, body in start.hub.asked if path == "/launch-links"]
    assert asked == ["learner", "learner", "course"]


def test_the_panel_plays_the_vendor(http: TestClient, start: Start) -> None:
    slug = sorted(start.sandboxes)[0]
    sandbox = start.sandboxes[slug]
    assert isinstance(sandbox, Played)
    done = http.post("/vendor", data={"attempt": CODE, "verb": "review suspicious"})
    assert "answered%20200" in done.headers["location"]
    http.post("/vendor", data={"attempt": CODE, "verb": "ready"})
    http.post("/vendor", data={"vendor": slug, "verb": "down"})
    assert [command for command, _ in sandbox.told] == ["review", "ready", "down"]
    nobody = http.post("/vendor", data={"vendor": "nobody", "verb": "down"})
    assert "no%20vendor" in nobody.headers["location"]
    wrong = http.post("/vendor", data={"attempt": CODE, "verb": "review nonsense"})
    assert "Not%20done" in wrong.headers["location"]


def test_forms_of_other_sites_do_nothing(http: TestClient, start: Start) -> None:
    for path in ("/sign-in", "/vendor"):
        data = {"user_id": "101", "verb": "down", "vendor": "x"}
        answer = http.post(path, data=data, headers={"Origin": "https://evil.example"})
        assert "another%20site" in answer.headers["location"]
    assert isinstance(start.hub, Recorded)
    assert start.hub.asked == []
