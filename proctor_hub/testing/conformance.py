"""The conformance kit: one class to subclass, and every rule of the vendor contract is tried.

::

    class TestAcme(VendorConformance):
        plugin = AcmePlugin
        settings = {"base_url": "{sandbox_url}", "api_key": "{secret}"}
        sandbox = Sandbox(run="acme", options={"api_key": "{secret}"}, commands={...})

What the plugin declares decides which checks run. Run it with pytest; the terminal shows the tier.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from proctor_hub.domain.words import ReviewStatus
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import Case, case_of
from proctor_hub.testing.kit.check import CHECKS, Check
from proctor_hub.testing.kit.checks import ALL
from proctor_hub.testing.kit.report import reporter_of
from proctor_hub.testing.kit.results import Result, Standing, misused, plan_of
from proctor_hub.testing.kit.sandboxes import Sandbox
from proctor_hub.testing.kit.sessions import Session
from proctor_hub.testing.kit.trying import tried

__all__ = ["Sandbox", "Session", "VendorConformance", "run_kit"]

assert ALL is CHECKS  # noqa: S101 - the checks' modules are imported


class VendorConformance:
    """What an author says about a vendor; a subclass in a test module is the whole test.

    :ivar plugin: the plugin's class. :ivar settings: the account's table, with placeholders (see
        :class:`Sandbox`).
    :ivar sandbox: how the vendor's sandbox is started and steered.
    :ivar recordings: a folder of recorded exchanges instead; neither, where it calls nobody.
    :ivar words: every word of the vendor's reviews → what it means.
    :ivar unknown_word: one that is none of them.
    :ivar callbacks_expire_after: where the proof of a callback holds for a time only: how long.
    :ivar exemptions: check → why it is not kept; shown in every report.
    :ivar result: the package's folder, where the result is to be shipped in the plugin.
    """

    plugin: ClassVar[type[Any]]
    settings: ClassVar[Mapping[str, Any]] = {}
    sandbox: ClassVar[Sandbox | None] = None
    recordings: ClassVar[Path | None] = None
    words: ClassVar[Mapping[str, ReviewStatus]] = {}
    unknown_word: ClassVar[str] = "quibbled"
    callbacks_expire_after: ClassVar[timedelta | None] = None
    exemptions: ClassVar[Mapping[str, str]] = {}
    result: ClassVar[Path | None] = None

    def admit(self, bench: Bench, pseudonym: str, course_id: str) -> None:
        """Let the vendor know a learner well enough to register them: a valid onboarding."""
        if self.sandbox is not None and "onboard" in self.sandbox.commands:
            values = {"pseudonym": pseudonym, "course_id": course_id}
            bench.steering.do("onboard", values)

    def make_ready(self, at: Session) -> str | None:
        """Have the vendor say that a session is ready; the proof its tool brings, if it does."""
        return at.bench.steering.make_ready(at.values)

    def send_review(self, at: Session, word: str) -> None:
        """Have the vendor send its review of a session, in the vendor's own ``word``."""
        at.bench.steering.do("review", {**at.values, "word": word})

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each check that applies and is not exempted."""
        if "check" not in metafunc.fixturenames:
            return
        case = case_of(self)
        reporter = reporter_of(metafunc.config)
        plan = reporter.expect(metafunc.cls.__qualname__, Result(case=case, outcomes=plan_of(
            case, CHECKS.values())))  # fmt: skip
        due = [one.check for one in plan.of(Standing.NOT_RUN)]
        metafunc.parametrize("check", due, ids=[one.id for one in due])

    @pytest.fixture(scope="class")
    @classmethod
    def bench(cls) -> Iterator[Bench]:
        """Everything the checks share."""
        found = Bench(case_of(cls()))
        yield found
        found.close()

    def test_conformance(self, check: Check, bench: Bench, request: pytest.FixtureRequest) -> None:
        """One check of the kit."""
        __tracebackhide__ = True
        problem = tried(check, bench)
        reporter_of(request.config).tell(type(self).__qualname__, check, problem)
        if problem:
            pytest.fail(problem, pytrace=False)

    def test_exemptions(self) -> None:
        """Every exemption is of a check that applies, is above bronze, and has a reason."""
        problems = wrong_exemptions(case_of(self))
        if problems:
            pytest.fail("; ".join(problems), pytrace=False)


def wrong_exemptions(case: Case) -> list[str]:
    """What is wrong with a case's exemptions; empty: nothing."""
    unknown = sorted(set(case.given.exemptions) - set(CHECKS))
    problems = [f"there is no check {one}, so nobody is exempted from it" for one in unknown]
    problems += [problem for one in CHECKS.values() if (problem := misused(case, one))]
    return problems


def run_kit(given: VendorConformance) -> Result:
    """Run every check that applies, without pytest."""
    from dataclasses import replace

    case = case_of(given)
    outcomes = plan_of(case, CHECKS.values())
    bench = Bench(case)
    try:
        for one in list(outcomes.values()):
            if one.standing is Standing.NOT_RUN:
                problem = tried(one.check, bench)
                standing = Standing.FAILED if problem else Standing.PASSED
                outcomes[one.check.id] = replace(one, standing=standing, reason=problem)
    finally:
        bench.close()
    return Result(case=case, outcomes=outcomes)
