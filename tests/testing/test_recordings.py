"""A vendor that is a folder of recorded exchanges: what it can show, and what it cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctor_hub.errors import ConfigurationError
from proctor_hub.testing.conformance import VendorConformance
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import case_of
from proctor_hub.testing.kit.check import CHECKS
from proctor_hub.testing.kit.checks.conditions import talks
from proctor_hub.testing.kit.recordings import Recordings
from proctor_hub.testing.kit.results import Standing, plan_of, tier_of
from proctor_hub.testing.kit.trying import tried
from tests.testing.recorded import RECORDINGS
from tests.testing.sound import Sound
from tests.testing.vendor import SETTINGS


class Recorded(VendorConformance):
    """Recordings answer the plugin's calls; nobody calls back."""

    plugin = Sound
    settings = SETTINGS
    recordings = RECORDINGS
    exemptions = {"lifecycle-played": "the vendor has no sandbox and gives out no test account"}


def test_what_nobody_plays_does_not_apply() -> None:
    case = case_of(Recorded())
    absent = {one.check.id for one in plan_of(case, CHECKS.values()).values()
              if one.standing is Standing.NOT_APPLICABLE}  # fmt: skip
    assert talks(case)
    assert {"callbacks-flipped", "lifecycle-proctored", "registering-apart"} <= absent
    assert not {"wire-down", "personal-data-declared", "registering-again"} & absent


def test_no_silver_without_a_vendor_that_is_played() -> None:
    from dataclasses import replace

    outcomes = plan_of(case_of(type("Bare", (Recorded,), {"exemptions": {}})()),
                       CHECKS.values())  # fmt: skip
    passed = [
        replace(one, standing=Standing.PASSED)
        if one.standing is Standing.NOT_RUN and one.check.id != "lifecycle-played"
        else one
        for one in outcomes.values()
    ]
    assert tier_of(passed) == "bronze"


def test_a_folder_without_recordings_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=str(tmp_path)):
        Recordings(tmp_path).exchanges()


def test_a_file_that_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "one.json").write_text('{"method": "GET"}', encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"one\.json"):
        Recordings(tmp_path).exchanges()


@pytest.mark.parametrize("check", ["wire-no-id", "registering-again", "personal-data-declared"])
def test_recordings_answer_the_plugin(check: str) -> None:
    bench = Bench(case_of(Recorded()))
    try:
        assert tried(CHECKS[check], bench) == ""
        assert bench.wire.sent
    finally:
        bench.close()
