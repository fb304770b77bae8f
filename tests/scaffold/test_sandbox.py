"""What people see at the simulated vendor of a new plugin; what the hub sees, the kit tries."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from importlib import import_module
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from starlette.testclient import TestClient

from proctor_hub import DashboardEmbed, DashboardRequest, DashboardScope, Viewer
from tests.scaffold.conftest import REST, Written
from tests.support import make_registry

COURSE = "course-v1:Example+TRY101+2026"
SECRET = "a-secret-of-the-vendor-and-the-hub"
EVIL = "Final <script>alert(1)</script>"
VIEWER = Viewer(id="11", full_name="Irene Curie", email="irene@team.example", role="course_team")
NOWHERE = "http://127.0.0.1:9"


def sandbox(plugin: Written, **options: str) -> TestClient:
    app = import_module(f"{plugin.package}.sandbox.app").create_app(**options)
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def at(plugin: Written, monkeypatch: pytest.MonkeyPatch) -> Written:
    monkeypatch.syspath_prepend(str(plugin.folder))
    return plugin


def at_plain(plugin: Written) -> tuple[TestClient, str]:
    """A sandbox with a session."""
    vendor = sandbox(plugin, api_key="k", signing_key="s" * 16)
    body = {"learner": "p-1", "exam": EVIL, "minutes": 60, "news_url": NOWHERE}
    body["return_url"] = "https://hub.example/back"
    made = vendor.post("/api/sessions", json=body, headers={"X-Api-Key": "k"})
    return vendor, made.json()["id"]


def at_rest(plugin: Written) -> tuple[TestClient, str]:
    """A sandbox with a session of a learner who has onboarded."""
    names = ("client_id", "client_secret", "hub_client_id", "hub_client_secret", "public_url")
    vendor = sandbox(plugin, **dict.fromkeys(names, SECRET))
    form = {"client_id": SECRET, "client_secret": SECRET}
    token = vendor.post("/oauth2/access_token", data=form).json()["access_token"]
    vendor.headers["Authorization"] = f"JWT {token}"
    vendor.post("/sandbox/profiles/p-1", json={"course_id": COURSE})
    exam = {"exam_name": EVIL, "course_id": COURSE, "is_practice_exam": False}
    exam_id = vendor.post("/api/v1/exam/", json=exam).json()["id"]
    body: dict[str, Any] = {"lms_host": NOWHERE, "time_limit_mins": 60, "is_sample_attempt": False}
    body |= {"user_id": "p-1", "full_name": "", "email": ""}
    made = vendor.post(f"/api/v1/exam/{exam_id}/attempt/", json=body)
    return vendor, made.json()["id"]


def test_its_pages_show_sessions_as_text(at: Written) -> None:
    vendor, session = {"plain": at_plain, "rest": at_rest}[at.protocol](at)
    first = vendor.get("/")
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert session in first.text
    way = {"plain": f"/join/{session}", "rest": "/download"}[at.protocol]
    for page in (first, vendor.get(way)):
        assert page.status_code == 200
        assert "<script" not in page.text
        assert f"<h1>{at.names.spellings('0.2')['Some Vendor']}" in page.text


def test_a_button_shows_the_room_and_leads_back(at: Written) -> None:
    vendor, session = {"plain": at_plain, "rest": at_rest}[at.protocol](at)
    way = {"plain": f"/join/{session}", "rest": f"/sessions/{session}"}[at.protocol]
    back = {"plain": "https://hub.example/back", "rest": "/"}[at.protocol]
    shown = vendor.post(way)
    assert (shown.status_code, shown.headers["location"]) == (303, back)
    assert vendor.post(way.replace(session, "nobodys")).status_code == 404


@pytest.mark.parametrize("plugin", [REST], ids=["rest"], indirect=True)
def test_the_dashboard_opens_with_the_hubs_link_only(at: Written) -> None:
    vendor, _ = at_rest(at)
    points = tomllib.loads(at.read("pyproject.toml"))["project"]["entry-points"]
    ((name, value),) = points["proctor_hub.vendors"].items()
    account = {"base_url": "https://vendor.example", "client_id": SECRET, "client_secret": SECRET}

    def link(course: str, now: datetime) -> str:
        found = make_registry(
            {name: {"plugin": name, **account}}, lambda: now,
            [EntryPoint(name, value, "proctor_hub.vendors")],
        )  # fmt: skip
        request = DashboardRequest(scope=DashboardScope.COURSE, course_id=course, viewer=VIEWER)
        dashboard = found.get(name).render_dashboard(request=request)
        assert isinstance(dashboard, DashboardEmbed)
        return dashboard.url.removeprefix("https://vendor.example")

    now = datetime.now(UTC)
    good = link(COURSE, now)
    seen = vendor.get(good)
    assert seen.status_code == 200
    assert "p-1: created" in seen.text
    assert "<script" not in seen.text
    assert "p-1" not in vendor.get(link("another-course", now)).text
    long_ago = link(COURSE, now - timedelta(hours=1))
    forged = good[:-20] + ("A" if good[-20] != "A" else "B") + good[-19:]
    for bad in (forged, long_ago, good.partition("?")[0]):
        assert vendor.get(bad).status_code == 403, bad
