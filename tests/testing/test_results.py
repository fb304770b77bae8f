"""Tiers, exemptions, and the result that the host believes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proctor_hub.services.vendor_report import quality_named
from proctor_hub.testing.conformance import wrong_exemptions
from proctor_hub.testing.kit.case import Case, case_of
from proctor_hub.testing.kit.check import CHECKS
from proctor_hub.testing.kit.report import lines_of
from proctor_hub.testing.kit.results import Result, Standing, plan_of, tier_of
from proctor_hub.vendors.quality import KIT, RESULT, Tier, digest_of, quality_in
from tests.docs.pages import DOCS, anchors
from tests.testing.vendor import SoundCase

MINOR = ".".join(KIT.split(".")[:2])


def case(exemptions: Mapping[str, str] | None = None) -> Case:
    """The sound vendor with these exemptions."""
    return case_of(type("Case", (SoundCase,), {"exemptions": exemptions or {}})())


def result(failing: tuple[str, ...] = (), exemptions: Mapping[str, str] | None = None) -> Result:
    """A run in which these checks failed and all others passed."""
    made = case(exemptions)
    outcomes = {
        name: replace(
            one,
            standing=Standing.FAILED if name in failing else Standing.PASSED,
            reason="x (y): it does not\nwhy" if name in failing else "",
        )
        if one.standing is Standing.NOT_RUN
        else one
        for name, one in plan_of(made, CHECKS.values()).items()
    }
    return Result(case=made, outcomes=outcomes)


@pytest.mark.parametrize(
    ("failing", "tier"),
    [
        ((), Tier.PLATINUM),
        (("callbacks-signed",), Tier.GOLD),
        (("hostile-raising",), Tier.SILVER),
        (("words-table",), Tier.BRONZE),
        (("words-table", "callbacks-signed"), Tier.BRONZE),
        (("callbacks-proof",), None),
    ],
)
def test_a_tier_holds_with_its_checks_and_those_below(
    failing: tuple[str, ...], tier: Tier | None
) -> None:
    assert result(failing).tier == tier


def test_what_was_not_run_proves_nothing() -> None:
    planned = plan_of(case(), CHECKS.values())
    assert tier_of(planned.values()) is None
    assert not Result(case=case(), outcomes=planned).complete


def test_an_exemption_counts_up_to_gold() -> None:
    assert result(exemptions={"words-table": "no table"}).tier == Tier.PLATINUM
    assert result(exemptions={"callbacks-signed": "signs nothing"}).tier == Tier.GOLD


def test_nobody_is_exempted_from_being_played_and_still_silver() -> None:
    assert result(exemptions={"lifecycle-played": "no sandbox"}).tier == Tier.BRONZE


@pytest.mark.parametrize(
    ("check", "reason", "problem"),
    [
        ("no-such-check", "why", "there is no check no-such-check"),
        ("words-table", "  ", "has no reason"),
        ("callbacks-proof", "why", "nobody is exempted from bronze"),
        ("wire-no-calls", "why", "bronze"),
    ],
)
def test_an_exemption_that_means_nothing_is_told(check: str, reason: str, problem: str) -> None:
    (told,) = wrong_exemptions(case({check: reason}))
    assert problem in told


def test_an_exemption_from_what_does_not_apply_is_told() -> None:
    without = type("Case", (SoundCase,), {"sandbox": None, "exemptions": {"wire-busy": "why"}})
    (told,) = wrong_exemptions(case_of(without()))
    assert "does not apply" in told


def test_an_exempted_check_that_is_misused_runs_all_the_same() -> None:
    planned = plan_of(case({"callbacks-proof": "why"}), CHECKS.values())
    assert planned["callbacks-proof"].standing is Standing.NOT_RUN


def test_the_report_tells_failures_exemptions_and_what_does_not_apply() -> None:
    told = "\n".join(lines_of(result(("words-table",), {"wire-busy": "it never is"})))
    assert "tier: bronze" in told
    assert "failed: words-table (silver): it does not" in told
    assert "exempted: wire-busy (silver): it never is" in told
    assert "not applicable: wire-no-calls (bronze): it has a vendor to call" in told


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "plugin.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "page.html").write_text("<p>", encoding="utf-8")
    return tmp_path


def ship(package: Path, **changes: Any) -> None:
    """Write a result as the kit does."""
    told = {
        "tier": "gold",
        "version": "1.0",
        "digest": digest_of(package),
        "kit": KIT,
        "exempted": {},
    }
    (package / RESULT).write_text(json.dumps(told | changes), encoding="utf-8")


def test_a_result_is_believed_for_its_version_and_sources(package: Path) -> None:
    ship(package, exempted={"callbacks-signed": "why"})
    found = quality_in(package, "1.0")
    assert (found.tier, found.exempted) == (Tier.GOLD, {"callbacks-signed": "why"})
    assert str(found) == "gold (exempted: callbacks-signed)"
    assert quality_in(package, "1.1").tier is None


@pytest.mark.parametrize("name", ["plugin.py", "inner/page.html", "inner/new.txt"])
def test_any_changed_file_makes_a_result_stale(package: Path, name: str) -> None:
    ship(package)
    (package / name).write_text("changed", encoding="utf-8")
    found = quality_in(package, "1.0")
    assert found.tier is None
    assert "other sources" in found.detail


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (None, "ships no result"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"tier": "gold", "version": "1.0", "digest": "", "exempted": {}}', "cannot be read"),
        ('{"kit": "x", "tier": "gold", "version": "", "digest": "", "exempted": {}}', "cannot be"),
        (
            '{"kit": "9.9", "tier": "tin", "version": "", "digest": "", "exempted": {}}',
            "cannot",
        ),
        ('{"kit": "9.9", "tier": "gold", "version": "", "digest": "", "exempted": []}', "cannot"),
    ],
)
def test_a_result_that_is_none_is_told(package: Path, content: str | None, detail: str) -> None:
    if content is not None:
        (package / RESULT).write_text(content, encoding="utf-8")
    found = quality_in(package, "1.0")
    assert found.tier is None
    assert detail in found.detail


@pytest.mark.parametrize(
    ("kit", "counts"),
    [("0.1.0", False), ("0.1.99", False), (f"{MINOR}.99", True), ("99.0.0", True)],
)
def test_a_result_counts_for_this_kit_and_later_ones(package: Path, kit: str, counts: bool) -> None:
    ship(package, kit=kit)
    found = quality_in(package, "1.0")
    assert (found.tier is Tier.GOLD) == counts
    assert counts or str(found).startswith(
        f"none: its result is of an older kit ({kit}, here {KIT}); run the kit again"
    )


def test_a_plugin_that_failed_has_no_tier(package: Path) -> None:
    ship(package, tier=None)
    assert "does not pass" in quality_in(package, "1.0").detail


@pytest.mark.parametrize("plugin", ["proctortrack", "rpnow"])
def test_the_plugins_of_this_repository_ship_gold_at_least(plugin: str) -> None:
    told = quality_named(plugin)
    assert told.tier in (Tier.GOLD, Tier.PLATINUM), f"run the plugin's test_conformance.py: {told}"


@pytest.mark.parametrize("check", CHECKS.values(), ids=list(CHECKS))
def test_every_check_points_to_a_place_in_the_documentation(check: Any) -> None:
    page, _, anchor = check.about.partition("#")
    assert (DOCS / page).is_file()
    assert not anchor or anchor in anchors(DOCS / page)
    assert check.id in anchors(DOCS / "reference/conformance.md")
    assert check.why.endswith(".")
    assert check.unless.__doc__
