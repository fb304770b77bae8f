"""For each check of the kit there is a plugin that fails it, and says so in full."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from proctor_hub.testing.conformance import VendorConformance
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.testing.kit import sessions
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import case_of
from proctor_hub.testing.kit.check import CHECKS
from proctor_hub.testing.kit.checks import hostile
from proctor_hub.testing.kit.trying import tried
from tests.testing import bad, bad_neighbours, bad_policies, bad_polled, bad_recorded, noisy
from tests.testing.flaws import FLAWS, Flaw
from tests.testing.recorded import RECORDINGS
from tests.testing.sound import Polled
from tests.testing.vendor import PolledCase, SoundCase

assert {
    bad.Unmarked,
    bad_neighbours.Swallows,
    bad_polled.TellsOfEverybody,
    bad_policies.Raises,
    bad_recorded.AsksTwice,
    noisy.Noisy,
} <= {flaw.plugin for flaw in FLAWS}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What does not come need not be waited for; and a plugin that meddles is undone."""
    monkeypatch.setattr(sessions, "PATIENCE", 3.0)
    monkeypatch.setattr(hostile, "PATIENCE", 3.0)
    monkeypatch.setattr(FakeVendor, "health_check", FakeVendor.health_check)
    yield


def case_with(flaw: Flaw) -> SoundCase:
    """The sound vendor's case with the plugin that fails the check."""
    told: dict[str, Any] = {"plugin": flaw.plugin}
    if flaw.check == "wire-no-calls":
        told["sandbox"] = None
    if flaw.check == "recordings-replayed":
        told["recordings"] = RECORDINGS
    if flaw.check == "lifecycle-played":
        told |= {
            "sandbox": None,
            "recordings": RECORDINGS,
            "make_ready": VendorConformance.make_ready,
            "send_review": VendorConformance.send_review,
        }
    base = PolledCase if issubclass(flaw.plugin, Polled) else SoundCase
    return type("BadCase", (base,), told)()  # type: ignore[no-any-return]


def test_every_check_has_its_bad_plugin() -> None:
    assert {flaw.check for flaw in FLAWS} == set(CHECKS)


def test_no_two_checks_share_a_reason() -> None:
    """Or one of them would not be needed, or fails for what the other one is there for."""
    told: dict[str, set[str]] = {}
    for flaw in FLAWS:
        told.setdefault(flaw.reason, set()).add(flaw.check)
    assert [checks for checks in told.values() if len(checks) > 1] == []


@pytest.mark.parametrize("flaw", FLAWS, ids=[f"{f.check}-{f.plugin.__name__}" for f in FLAWS])
def test_the_bad_plugin_fails(flaw: Flaw) -> None:
    check = CHECKS[flaw.check]
    case = case_of(case_with(flaw))
    assert check.unless(case) == ""
    bench = Bench(case)
    try:
        problem = tried(check, bench)
    finally:
        bench.close()
    assert problem, f"{flaw.plugin.__name__} passes {check.id}"
    assert flaw.reason in problem.splitlines()[0]
    assert check.why in problem
    assert check.about in problem
