"""A transport that would fail in silence is refused, with its distribution and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctor_hub.transports.contract import TRANSPORTS_GROUP
from tests.transports.support import SAMPLES, endpoint, loaded
from tests.vendors.support import install

REFUSED = {
    "Unmarked": "deliver_event bears a hook's name but is no method marked with @hookimpl",
    "Misspelt": "deliver_events, which does not exist; did you mean deliver_event?",
    "WrongArgument": "takes an argument 'message' that deliver_event does not have (it has: event)",
    "Async": "deliver_event is asynchronous",
    "TryFirst": "deliver_event is marked with tryfirst",
    "NoHook": "does not implement the mandatory deliver_event",
    "NoSettings": "has no attribute Settings that is a TransportSettings class",
    "Raises": "its constructor raised RuntimeError at tests.transports.samples:",
    "Exits": "its constructor raised SystemExit",
    "IsClass": "it is a class where an instance belongs",
    "Missing": "cannot be imported: AttributeError",
}


@pytest.mark.parametrize("flaw", REFUSED)
def test_a_flawed_transport_is_refused_and_harms_only_its_endpoint(
    flaw: str, tmp_path: Path
) -> None:
    points = install(
        tmp_path,
        "bad-dist",
        {"bad": f"{SAMPLES}:{flaw}", "bus": f"{SAMPLES}:Bus"},
        group=TRANSPORTS_GROUP,
    )
    found = loaded(
        endpoint("one", "bad", topic="t", password="hunter2-secret"),
        endpoint("two"),
        points=points,
    )
    broken = found.broken["lms:one"]
    assert REFUSED[flaw] in broken.reason
    assert (broken.distribution, broken.version) == ("bad-dist", "1.2.3")
    assert "bad-dist 1.2.3" in str(broken) and "[lms.endpoints.one]" in str(broken)
    assert "hunter2" not in str(broken)
    assert set(found.usable) == {"lms:two"}


def test_settings_that_do_not_fit_are_named_without_their_values() -> None:
    found = loaded(endpoint("one", topic=["hunter2-secret"], colour="hunter3-secret"))
    reason = found.broken["lms:one"].reason
    assert reason.startswith("[lms.endpoints.one] is not valid: topic: ")
    assert "colour: Extra inputs are not permitted" in reason
    assert "hunter" not in reason + repr(found)


def test_a_webhook_that_is_none_is_told_by_its_key() -> None:
    found = loaded(endpoint("one", "webhook", events_url="gopher://x"))
    assert "events_url: " in found.broken["lms:one"].reason


def test_an_unknown_transport_lists_the_known() -> None:
    reason = loaded(endpoint("one", "pigeon")).broken["lms:one"].reason
    assert "has a transport 'pigeon' (installed: bus, webhook)" in reason
    assert "correct the key 'transport'" in reason


def test_a_name_given_twice_serves_nobody(tmp_path: Path) -> None:
    points = install(tmp_path, "a-dist", {"webhook": f"{SAMPLES}:Bus"}, group=TRANSPORTS_GROUP)
    found = loaded(endpoint("one", "webhook", events_url="https://lms.example/"), points=points)
    reason = found.broken["lms:one"].reason
    assert "proctor-hub" in reason and "a-dist 1.2.3" in reason


def test_the_host_is_the_endpoints_own() -> None:
    found = loaded(endpoint("one"), endpoint("two"))
    one, two = (found.usable[name].implementation.host for name in ("lms:one", "lms:two"))  # type: ignore[attr-defined]
    assert (one.name, two.name) == ("one", "two")
    assert one.http is not two.http
    assert one.now().tzinfo is not None
