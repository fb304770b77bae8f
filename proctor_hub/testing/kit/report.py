"""The kit's part of pytest's report: one block per plugin, and the result that is shipped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from proctor_hub.testing.kit.check import Check
from proctor_hub.testing.kit.results import Result, Standing

_NAME = "proctor_hub conformance kit"


class Reporter:
    """Hears of every check, tells of all at the end; a pytest plugin, registered at first use."""

    def __init__(self) -> None:
        """Nothing heard yet."""
        self.results: dict[str, Result] = {}

    def expect(self, name: str, result: Result) -> Result:
        """A class of checks was collected."""
        return self.results.setdefault(name, result)

    def tell(self, name: str, check: Check, problem: str) -> None:
        """A check of the class has run."""
        before = self.results[name]
        told = replace(
            before.outcomes[check.id],
            standing=Standing.FAILED if problem else Standing.PASSED,
            reason=problem,
        )
        self.results[name] = replace(before, outcomes={**before.outcomes, check.id: told})

    def pytest_sessionfinish(self) -> None:
        """Write the results that are to be shipped, of complete runs only."""
        for result in self.results.values():
            folder = result.case.given.result
            if folder is not None and result.complete:
                result.write(folder)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """One block per plugin."""
        for name, result in self.results.items():
            terminalreporter.write_sep("=", f"conformance of {result.case.source.name} ({name})")
            for line in lines_of(result):
                terminalreporter.write_line(line)


def lines_of(result: Result) -> list[str]:
    """The result as people read it."""
    counts = {one: len(result.of(one)) for one in Standing}
    told = ", ".join(f"{count} {standing}" for standing, count in counts.items() if count)
    tier = result.tier or "none"
    lines = [f"tier: {tier if result.complete else 'unknown, not all checks were run'} ({told})"]
    for standing in (Standing.FAILED, Standing.EXEMPTED, Standing.NOT_APPLICABLE):
        for one in result.of(standing):
            reason = one.reason.splitlines()[0].partition(": ")[2] if (
                standing is Standing.FAILED
            ) else one.reason  # fmt: skip
            lines.append(f"  {standing}: {one.check.id} ({one.check.tier}): {reason}")
    return lines


def reporter_of(config: pytest.Config) -> Reporter:
    """The run's reporter."""
    found = config.pluginmanager.get_plugin(_NAME)
    if found is None:
        found = Reporter()
        config.pluginmanager.register(found, _NAME)
    reporter: Reporter = found
    return reporter
