"""Observers hear everything, one at a time, and can break nothing."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import structlog.testing

from proctor_hub import AttemptStatus
from proctor_hub.vendors.observers import (
    OBSERVERS_GROUP,
    ObservedEvent,
    ObserverFailure,
    load_observers,
)
from tests.vendors.observing import Good
from tests.vendors.support import NOW, install

EVENT = ObservedEvent(
    attempt_code="CODE",
    course_id="c",
    exam_id=1,
    vendor="acme",
    from_status=AttemptStatus.CREATED,
    to_status=AttemptStatus.READY_TO_START,
    cause="vendor",
    at=NOW,
)


@pytest.fixture(autouse=True)
def forget() -> None:
    """Nothing heard yet."""
    Good.heard.clear()


def points(site: Path, **observers: str) -> list[EntryPoint]:
    named = {name: f"tests.vendors.observing:{value}" for name, value in observers.items()}
    return install(site, "obs-dist", named, group=OBSERVERS_GROUP)


@pytest.mark.parametrize("order", [("bad", "good"), ("good", "bad")])
def test_a_raising_observer_stops_no_other(order: tuple[str, str], tmp_path: Path) -> None:
    classes = {"bad": "Failing", "good": "Good"}
    failures: list[ObserverFailure] = []
    observers = load_observers(
        points(tmp_path, **{name: classes[name] for name in order}),
        failures.append,
    )
    assert observers.names == order
    observers.attempt_changed(EVENT)
    observers.review_received(EVENT)
    observers.decision_made(EVENT)
    assert Good.heard == [("attempt_changed", EVENT), ("decision_made", EVENT)]
    assert [(f.observer, f.distribution, f.hook) for f in failures] == [
        ("bad", "obs-dist 1.2.3", "attempt_changed"),
        ("bad", "obs-dist 1.2.3", "review_received"),
    ]
    assert failures[0].reason.startswith("raised RuntimeError at tests.vendors.observing:")
    assert "jane" not in failures[0].reason


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("Unmarked", "attempt_changed bears a hook's name"),
        ("Unknown", "observers have no such hook"),
        ("WrongArgument", "Argument(s) {'attempt'} are declared"),
        ("Unbuildable", "OSError: no"),
        ("NoSuch", "AttributeError"),
        ("Good.heard", "is not a class"),
    ],
)
def test_bad_observer_is_reported_and_left_out(value: str, reason: str, tmp_path: Path) -> None:
    failures: list[ObserverFailure] = []
    observers = load_observers(
        points(tmp_path, bad=value, good="Good"),
        failures.append,
    )
    assert observers.names == ("good",)
    assert reason in failures[0].reason
    assert failures[0].hook == ""
    observers.attempt_changed(EVENT)
    assert len(Good.heard) == 1


def test_a_name_given_twice_is_reported(tmp_path: Path) -> None:
    failures: list[ObserverFailure] = []
    points(tmp_path / "a", good="Good")
    both = [*points(tmp_path / "b", good="Good"), *points(tmp_path / "c", good="Good")]
    assert load_observers(both, failures.append).names == ("good",)
    assert "the name 'good' is taken by obs-dist 1.2.3" in failures[0].reason


def test_failures_go_to_the_log_by_default_even_if_the_report_fails(tmp_path: Path) -> None:
    def fail(_: ObserverFailure) -> None:
        raise ValueError

    found = points(tmp_path, bad="Failing")
    with structlog.testing.capture_logs() as logs:
        load_observers(found).attempt_changed(EVENT)
        load_observers(found, fail).attempt_changed(EVENT)
    assert [entry["event"] for entry in logs] == ["observer_failed"] * 2
    assert "reporting it raised ValueError" in logs[1]["reason"]
