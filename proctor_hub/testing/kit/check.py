"""One check of the kit: what it demands, when it applies, why it matters, where that is written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proctor_hub.vendors.quality import Tier

if TYPE_CHECKING:
    from proctor_hub.testing.kit.bench import Bench
    from proctor_hub.testing.kit.case import Case


class Broken(Exception):
    """A plugin does not keep a rule; the text says how, in one or two sentences."""


def demand(holds: object, problem: str) -> None:
    """Go on where ``holds``; else the check fails with ``problem``.

    :raises Broken: it does not hold.
    """
    if not holds:
        raise Broken(problem)


def always(case: Case) -> str:
    """Applies to every plugin."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One rule of the contract, as a function that tries it.

    :param subject: the module it stands in. :param demands: the rule, in a sentence.
    :param unless: says why the check does not apply to a case; empty: it does.
    :param about: the page and heading of the documentation that states the rule.
    :param indispensable: where it is exempted, its tier is not reached all the same.
    """

    id: str
    subject: str
    tier: Tier
    demands: str
    why: str
    about: str
    unless: Callable[[Case], str]
    run: Callable[[Bench], None]
    indispensable: bool

    def explained(self, problem: str) -> str:
        """A failure's text: what is wrong, why it matters, where it is documented."""
        return (
            f"{self.id} ({self.tier}): {problem}\n"
            f"The rule: {self.demands}\n"
            f"Why it matters: {self.why}\n"
            f"Documented in: docs/{self.about}; docs/reference/conformance.md#{self.id}"
        )


CHECKS: dict[str, Check] = {}
"""All checks by id, in the order of the checks' modules; filled when those are imported."""


def check(
    id: str,
    tier: Tier,
    *,
    why: str,
    about: str,
    unless: Callable[[Case], str] = always,
    indispensable: bool = False,
) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    """Make a function a check; its docstring is the rule. See :class:`Check`."""

    def marked(run: Callable[[Bench], None]) -> Callable[[Bench], None]:
        if id in CHECKS:
            raise ValueError(f"two checks are called {id}")
        CHECKS[id] = Check(
            id=id,
            subject=run.__module__.rpartition(".")[2],
            tier=tier,
            demands=" ".join(inspect.getdoc(run).split()),  # type: ignore[union-attr]
            why=why,
            about=about,
            unless=unless,
            run=run,
            # Nobody is exempted into platinum.
            indispensable=indispensable or tier is Tier.PLATINUM,
        )
        return run

    return marked
