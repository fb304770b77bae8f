"""What became of each check, and the tier that follows; as JSON for the host to read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from proctor_hub.testing.kit.case import Case
from proctor_hub.testing.kit.check import Check
from proctor_hub.vendors.quality import KIT, RESULT, Tier, digest_of, package_folder


class Standing(StrEnum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    EXEMPTED = "exempted"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A check with what became of it. :param reason: of the failure, exemption or absence."""

    check: Check
    standing: Standing
    reason: str = ""


def plan_of(case: Case, checks: Iterable[Check]) -> dict[str, Outcome]:
    """Every check by id as it stands before anything ran: not run, exempted, or not applicable."""
    planned: dict[str, Outcome] = {}
    for check in checks:
        absent = check.unless(case)
        written = case.given.exemptions.get(check.id)
        if absent:
            outcome = Outcome(check=check, standing=Standing.NOT_APPLICABLE, reason=absent)
        elif written is not None and not misused(case, check):
            outcome = Outcome(check=check, standing=Standing.EXEMPTED, reason=written)
        else:
            outcome = Outcome(check=check, standing=Standing.NOT_RUN)
        planned[check.id] = outcome
    return planned


def misused(case: Case, check: Check) -> str:
    """What is wrong with the exemption of a check; empty: nothing, or there is none."""
    written = case.given.exemptions.get(check.id)
    if written is None:
        return ""
    if not written.strip():
        return f"the exemption of {check.id} has no reason"
    if check.tier is Tier.BRONZE:
        return f"{check.id} is a bronze check, and nobody is exempted from bronze"
    if check.unless(case):
        return f"{check.id} does not apply, so nothing is to be exempted: {check.unless(case)}"
    return ""


def tier_of(outcomes: Iterable[Outcome]) -> Tier | None:
    """The highest tier whose checks, and those of all lower ones, pass or are exempted.

    An exempted check that is indispensable leaves a plugin below that check's tier.
    """
    open_tiers = {one.check.tier for one in outcomes if not _done(one)}
    reached: Tier | None = None
    for tier in Tier:
        if tier in open_tiers:
            break
        reached = tier
    return reached


def _done(outcome: Outcome) -> bool:
    if outcome.standing is Standing.EXEMPTED:
        return not outcome.check.indispensable
    return outcome.standing in (Standing.PASSED, Standing.NOT_APPLICABLE)


@dataclass(frozen=True, kw_only=True)
class Result:
    """One run of the kit over one plugin."""

    case: Case
    outcomes: Mapping[str, Outcome]

    @property
    def tier(self) -> Tier | None:
        """What it proves."""
        return tier_of(self.outcomes.values())

    @property
    def complete(self) -> bool:
        """Whether every check that applies has run."""
        return all(one.standing is not Standing.NOT_RUN for one in self.outcomes.values())

    def of(self, standing: Standing) -> list[Outcome]:
        """The checks of which this became."""
        return [one for one in self.outcomes.values() if one.standing is standing]

    def as_json(self) -> dict[str, Any]:
        """What is shipped: the same for the same sources, so it holds no time and no place."""
        folder = package_folder(self.case.source.entry_point.module)
        return {
            "plugin": self.case.source.name,
            "distribution": self.case.source.distribution,
            "version": self.case.source.version,
            "digest": digest_of(folder) if folder else "",
            "kit": KIT,
            "tier": self.tier,
            "passed": [one.check.id for one in self.of(Standing.PASSED)],
            "failed": [one.check.id for one in self.of(Standing.FAILED)],
            "exempted": _reasons(self.of(Standing.EXEMPTED)),
            "not_applicable": _reasons(self.of(Standing.NOT_APPLICABLE)),
        }

    def write(self, folder: Path) -> Path:
        """Write the result into a plugin's package; where."""
        path = folder / RESULT
        path.write_text(json.dumps(self.as_json(), indent=2) + "\n", encoding="utf-8")
        return path


def _reasons(outcomes: Iterable[Outcome]) -> dict[str, str]:
    return {one.check.id: one.reason for one in outcomes}
