"""Which calls of the vendor are made at all, and by what."""

from __future__ import annotations

from contextlib import suppress

from proctor_hub.errors import VendorError
from proctor_hub.hookspecs import CAPABILITY_HOOKS
from proctor_hub.testing.calls import CALLS
from proctor_hub.testing.kit import wire
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import unwired, wired
from proctor_hub.testing.kit.failing import outcomes
from proctor_hub.testing.kit.outward import made_up
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.subjects import Capability

_MAY_BE_SILENT = {Capability.RULES_CATALOG, Capability.HEARTBEAT, Capability.DASHBOARD}
"""Capabilities that need no call: a plugin may know its rules by itself."""


@check(
    "wire-made",
    Tier.BRONZE,
    why="What never asks the vendor says what the vendor does not know, and no failure shows it.",
    about="reference/hooks.md",
    unless=wired,
)
def makes_its_calls(bench: Bench) -> None:
    """Registering calls the vendor, and so does each declared capability that is a call: the other
    checks of the wire try what is sent."""
    made = {hook for hook, _, _ in outcomes(bench, wire.status(503))}
    demand("register_attempt" in made, "register_attempt makes no request: the vendor never hears")
    for capability, hooks in CAPABILITY_HOOKS.items():
        if bench.case.can(capability) and capability not in _MAY_BE_SILENT:
            demand(
                hooks & made,
                f"the capability {capability} is declared, and {' or '.join(sorted(hooks))} makes "
                "no request of the vendor",
            )


@check(
    "wire-own-client",
    Tier.BRONZE,
    why="Time-outs, size cap, allowed hosts and breaker are the host client's; others have none.",
    about="reference/contract.md#vendorhost",
    unless=wired,
)
def uses_the_hosts_client(bench: Bench) -> None:
    """Every request to the vendor is made with ``host.http``."""
    for hook, _, seen in outcomes(bench, wire.status(500)):
        made = bench.clients[-1].calls
        demand(
            len(seen) <= made,
            f"{hook} made {len(seen)} requests, only {made} of them with host.http",
        )


@check(
    "wire-no-calls",
    Tier.BRONZE,
    why="What is called without a sandbox or recordings is tried by nobody before learners do.",
    about="how-to/test-a-plugin.md",
    unless=unwired,
)
def calls_nobody(bench: Bench) -> None:
    """A plugin given without sandbox and recordings makes no request at all."""
    for hook in CALLS:
        vendor = bench.fresh_vendor()
        with suppress(VendorError):
            CALLS[hook](vendor, made_up(bench))
        demand(
            bench.clients[-1].calls == 0 and not bench.wire.sent,
            f"{hook} calls a vendor, and neither sandbox nor recordings are given",
        )
