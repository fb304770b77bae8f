"""``conformance.md``: every check of the conformance kit."""

from __future__ import annotations

from itertools import groupby

from proctor_hub.testing.kit.check import Check
from proctor_hub.testing.kit.checks import ALL, SUBJECTS
from proctor_hub.vendors.quality import Tier

from . import text


def build() -> str:
    """The page."""
    subjects = {one.__name__.rpartition(".")[2]: one for one in SUBJECTS}
    found = sorted(ALL.values(), key=lambda one: list(subjects).index(one.subject))
    parts = []
    for subject, checks in groupby(found, key=lambda one: one.subject):
        about = text.sentence(subjects[subject].__doc__)
        parts.append(f"## {subject.replace('_', ' ').capitalize()}\n\n{about}")
        parts += [_check(one) for one in checks]
    counts = ", ".join(f"{sum(one.tier is tier for one in ALL.values())} {tier}" for tier in Tier)
    return text.page(
        "Checks of the conformance kit",
        f"What the kit tries on a plugin: {len(ALL)} checks ({counts}). How to run it, and what "
        "the tiers mean: [Test a plugin](../how-to/test-a-plugin.md). A check that does not apply "
        "to a plugin is not collected; the kit's report lists it with the reason.",
        *parts,
    )


def _check(check: Check) -> str:
    page, _, anchor = check.about.partition("#")
    path = page.removeprefix("reference/") if page.startswith("reference/") else f"../{page}"
    link = f"{path}#{anchor}" if anchor else path
    needs = text.sentence(check.unless.__doc__)
    return "\n\n".join(
        [
            f"### {check.id}",
            f"*{check.tier}.* {text.prose(check.demands)}",
            f"Why: {check.why} {needs} See [{page.rpartition('/')[2]}]({link}).",
        ]
    )
