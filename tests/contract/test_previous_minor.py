"""A plugin that was built against the minor version before this one, from its wheel as it was."""

from __future__ import annotations

import importlib
import re
import zipfile
from collections.abc import Iterator
from importlib.metadata import EntryPoint, PathDistribution
from pathlib import Path
from typing import Any

import pytest
import responses

from proctor_hub.domain.words import Role
from proctor_hub.jobs.endpoints import ways
from proctor_hub.jobs.relay import Relay
from proctor_hub.services.polling import poll
from proctor_hub.transports.contract import TRANSPORTS_GROUP
from proctor_hub.transports.endpoint import EndpointConfig
from proctor_hub.transports.loader import load_endpoints
from proctor_hub.vendors.installed import VENDORS_GROUP
from proctor_hub.vendors.observers import OBSERVERS_GROUP, Observers
from proctor_hub.vendors.results import HOOKS
from tests.contract.snapshots import minor, previous
from tests.contract.wheels import PACKAGE, installed, source_of, wheel_of
from tests.web.site import COURSE, Site, a_site

AT = "https://lantern.example"
ACCOUNTS: dict[str, dict[str, Any]] = {
    "acme": {},
    "lantern": {"plugin": "lantern", "base_url": AT, "api_key": "the hub's key"},
    "beacon": {
        "plugin": "beacon",
        "base_url": "https://beacon.example",
        "client_id": "the-hub",
        "client_secret": "a secret",
        "lamp": "green",
    },
}


@pytest.fixture
def points() -> Iterator[dict[str, list[EntryPoint]]]:
    """The wheel's entry points by group."""
    groups = (VENDORS_GROUP, TRANSPORTS_GROUP, OBSERVERS_GROUP)
    with installed(wheel_of(previous())) as found:
        yield {group: [one for one in found if one.group == group] for group in groups}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    """Lantern: knows exams and sessions, takes every notice."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.put(f"{AT}/exams/1", json={"id": 77})
        for number in range(1, 9):
            mock.post(f"{AT}/sessions", json={"session": f"s-{number}"})
            for what in ("started", "stopped", "errored", "removed", "decided/pass"):
                mock.post(f"{AT}/sessions/s-{number}/{what}", json={})
        mock.get(f"{AT}/health", json={})
        yield mock


@pytest.fixture
def site(
    database_url: str, points: dict[str, list[EntryPoint]], wire: responses.RequestsMock
) -> Iterator[Site]:
    """A hub with both vendors of the wheel and its observer; the course is Lantern's."""
    parts = {"observers": Observers(points[OBSERVERS_GROUP])}
    plugins = points[VENDORS_GROUP]
    with a_site(database_url, vendors=ACCOUNTS, plugins=plugins, parts=parts) as site:
        site.course(vendor="lantern")
        site.person("ann", course_id=COURSE)
        site.team("tom")
        site.staff("sue", Role.SUPPORT)
        yield site


def news(site: Site, code: str, said: dict[str, Any], *, token: str | None = None) -> int:
    """A call of Lantern about an attempt's session; the status it is answered."""
    session = site.external_id(code)
    plugin: Any = site.hub.vendors.get("lantern").implementation
    signed = plugin.host.token("news", session) if token is None else token
    address = f"/callbacks/lantern/{session}"
    return site.http.post(address, json=said, params={"token": signed}).status_code


def told(wire: responses.RequestsMock) -> list[str]:
    """What Lantern was told about sessions, in order."""
    paths = [str(call.request.path_url) for call in wire.calls]
    return [path.removeprefix("/sessions/") for path in paths if path.startswith("/sessions/")]


def test_the_wheel_is_what_its_source_is_and_was_built_for_the_last_minor() -> None:
    assert previous() != minor()
    wheel, source = wheel_of(previous()), source_of(previous())
    with zipfile.ZipFile(wheel) as archive:
        packed = {name: archive.read(name) for name in archive.namelist() if PACKAGE + "/" in name}
        (metadata,) = [name for name in archive.namelist() if name.endswith("/METADATA")]
        (info,) = {name.partition("/")[0] for name in archive.namelist()} - {PACKAGE}
        demanded = PathDistribution(zipfile.Path(archive, f"{info}/")).requires
        assert metadata.startswith(info)
    files = {f"{PACKAGE}/{path.name}": path.read_bytes() for path in source.glob(f"{PACKAGE}/*.py")}
    assert packed == files
    assert demanded is not None
    assert any(one.startswith("proctor-hub") and f">={previous()}" in one for one in demanded)


def test_every_part_of_it_loads_and_it_is_warned_of_nothing(
    site: Site, points: dict[str, list[EntryPoint]]
) -> None:
    assert not site.hub.vendors.broken
    lantern = site.hub.vendors.get("lantern")
    where = importlib.import_module(type(lantern.implementation).__module__).__file__
    assert where is not None and where.startswith(str(wheel_of(previous())))
    assert lantern.hooks_implemented == HOOKS
    assert (lantern.distribution, lantern.version) == ("proctor-hub-lantern", f"{previous()}.0")
    assert site.hub.vendors.get("beacon").description.name == "Beacon"
    assert site.hub.observers.names == ("lantern-watcher",)


def test_its_whole_life_cycle(
    site: Site,
    wire: responses.RequestsMock,
    points: dict[str, list[EntryPoint]],
    tmp_path: Path,
) -> None:
    journal = tmp_path / "journal"
    table = {"file": str(journal)}
    config = EndpointConfig(name="", transport="lantern-journal", settings_table=table)
    endpoints = load_endpoints([config], clock=site.clock, entry_points=points[TRANSPORTS_GROUP])
    relay = Relay(site.hub, ways(endpoints))
    code = str(site.attempt(site.exam(), "ann")["code"])
    plan = site.ok("POST", f"/attempts/{code}/launch", "ann")["plan"]
    assert plan["url"].startswith(f"{AT}/join/s-")
    assert news(site, code, {"what": "ready"}, token="forged") == 401
    assert news(site, code, {"what": "nonsense"}) == 422
    assert news(site, code, {"what": "ready"}) == 200
    site.act(code, "start", "ann")
    site.act(code, "submit", "ann")
    assert relay.run_once() > 0
    assert site.ok("GET", f"/attempts/{code}", "tom")["status"] == "submitted"
    incident = {"from": 3, "text": "a phone", "kind": "rules_violation"}
    assert news(site, code, {"what": "review", "colour": "amber", "incidents": [incident]}) == 200
    seen = site.ok("GET", f"/attempts/{code}", "tom")
    assert (seen["status"], seen["review"]["owner"]) == ("second_review_required", "support")
    refused = {"decision": "pass", "reason": "fine"}
    assert site.call("POST", f"/attempts/{code}/decisions", "tom", refused).status_code == 403
    decided = site.ok("POST", f"/attempts/{code}/decisions", "sue", refused)
    assert decided["status"] == "verified"
    relay.run_once()
    session = site.external_id(code)
    assert told(wire) == [f"{session}/{one}" for one in ("started", "stopped", "decided/pass")]
    delivered = [line.split()[-2:] for line in journal.read_text("utf-8").splitlines()]
    assert {one for _, one in delivered} == {code}
    assert "verified" in {kind for kind, _ in delivered}
    watcher = importlib.import_module(f"{PACKAGE}.watcher")
    assert watcher.SEEN["verified"] == 1
    found = site.ok("GET", f"/attempts/{code}/reviews", "tom")["items"][0]
    assert found["incidents"][0]["status"] == "Rules Violation"


def test_its_news_is_polled_and_its_learners_are_retired(
    site: Site, wire: responses.RequestsMock
) -> None:
    code = str(site.attempt(site.exam(), "ann")["code"])
    session = site.external_id(code)
    assert news(site, code, {"what": "ready"}) == 200
    site.act(code, "start", "ann")
    site.act(code, "submit", "ann")
    relay = Relay(site.hub, {})
    relay.run_once()
    wire.get(f"{AT}/sessions/{session}", json={"what": "review", "colour": "green"})
    assert poll(site.hub, "lantern").news == 1
    assert site.ok("GET", f"/attempts/{code}", "tom")["status"] == "verified"
    wire.delete(re.compile(f"{AT}/learners/.+"), json={})
    site.ok("PUT", "/retirements/ann", "operator")
    relay.run_once()
    (receipt,) = site.ok("GET", "/retirements/ann", "operator")["receipts"]
    assert (receipt["vendor"], receipt["confirmed"]) == ("lantern", True)
