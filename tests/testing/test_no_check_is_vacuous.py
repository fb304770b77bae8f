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
from tests.testing import bad, bad_policies, bad_recorded, noisy
from tests.testing.flaws import BAD
from tests.testing.reasons import REASONS
from tests.testing.recorded import RECORDINGS
from tests.testing.vendor import SoundCase

assert {
    bad.Unmarked,
    bad_policies.Raises,
    bad_recorded.AsksTwice,
    noisy.Noisy,
} <= set(BAD.values())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What does not come need not be waited for; and a plugin that meddles is undone."""
    monkeypatch.setattr(sessions, "PATIENCE", 3.0)
    monkeypatch.setattr(hostile, "PATIENCE", 3.0)
    monkeypatch.setattr(FakeVendor, "health_check", FakeVendor.health_check)
    yield


def case_with(check: str) -> SoundCase:
    """The sound vendor's case with the plugin that fails the check."""
    told: dict[str, Any] = {"plugin": BAD[check]}
    if check == "wire-no-calls":
        told["sandbox"] = None
    if check == "recordings-replayed":
        told["recordings"] = RECORDINGS
    if check == "lifecycle-played":
        told |= {
            "sandbox": None,
            "recordings": RECORDINGS,
            "make_ready": VendorConformance.make_ready,
            "send_review": VendorConformance.send_review,
        }
    return type("BadCase", (SoundCase,), told)()  # type: ignore[no-any-return]


def test_every_check_has_its_bad_plugin() -> None:
    assert set(BAD) == set(REASONS) == set(CHECKS)


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_the_bad_plugin_fails(check: Any) -> None:
    case = case_of(case_with(check.id))
    assert check.unless(case) == ""
    bench = Bench(case)
    try:
        problem = tried(check, bench)
    finally:
        bench.close()
    assert problem, f"{BAD[check.id].__name__} passes {check.id}"
    assert REASONS[check.id] in problem.splitlines()[0]
    assert check.why in problem
    assert check.about in problem


@pytest.mark.parametrize("plugin", [bad.Talks, bad.Prints])
def test_what_is_logged_or_printed_is_looked_at(plugin: Any) -> None:
    bench = Bench(case_of(type("BadCase", (SoundCase,), {"plugin": plugin})()))
    try:
        problem = tried(CHECKS["wire-errors-discreet"], bench)
    finally:
        bench.close()
    assert "logged or printed" in problem
