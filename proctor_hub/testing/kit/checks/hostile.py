"""A plugin gone wrong stays with its own account; each check makes this one go wrong."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Collection
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import requests

from proctor_hub.domain.words import ExamType
from proctor_hub.errors import HookRaised, PluginError, VendorError, WrongHookResult
from proctor_hub.hookspecs import hookimpl
from proctor_hub.testing.calls import HOOKS
from proctor_hub.testing.fake_vendor import fake_entry_point
from proctor_hub.testing.kit import wire
from proctor_hub.testing.kit.bench import BYSTANDER, Bench
from proctor_hub.testing.kit.case import KEY
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import loaded, played, wired
from proctor_hub.testing.kit.outward import made_up
from proctor_hub.testing.kit.sessions import begin
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.registry import Registry, load_registry

_ABOUT = "explanation/one-manager-per-account.md"
_WHY = "One vendor's defect must not cost another vendor's learners their exam."
_SPOKEN = "a-learner-by-name"
_NAME = "gone-wrong"
_AT_LOAD = ("describe_vendor", "callback_routes")
PATIENCE = 8.0
"""Seconds after which a learner waits for too long; the client's limit is one."""


def _gone_wrong(bench: Bench, body: Callable[..., Any], hooks: Collection[str]) -> Registry:
    """The plugin with these hooks replaced by ``body``, and a bystander."""
    plugin = bench.case.given.plugin
    broken = type(plugin.__name__, (plugin,), {hook: hookimpl(_copy(body)) for hook in hooks})
    module = ModuleType("proctor_hub_conformance_gone_wrong")
    module.plugin = broken  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    try:
        return load_registry(
            [
                VendorAccount(slug=bench.case.slug, plugin_name=_NAME, settings_table=bench.table),
                VendorAccount(slug=BYSTANDER, plugin_name=BYSTANDER),
            ],
            public_url="https://hub.example",
            keys=(KEY,),
            clock=bench.clock,
            entry_points=[
                EntryPoint(_NAME, f"{module.__name__}:plugin", "proctor_hub.vendors"),
                fake_entry_point(BYSTANDER),
            ],
            http_factory=lambda account: BoundedHttpClient(),
        )
    finally:
        del sys.modules[module.__name__]


def _copy(body: Callable[..., Any]) -> Callable[..., Any]:
    def hook(self: Any) -> Any:
        return body()

    return hook


def _demand_contained(
    bench: Bench, body: Callable[..., Any], kind: type[PluginError], what: str
) -> None:
    """Every hook there is goes wrong, and the host says which one, of which account and plugin."""
    registry = _gone_wrong(bench, body, HOOKS.keys() - _AT_LOAD)
    vendor = registry.get(bench.case.slug)
    for hook in HOOKS.keys() - _AT_LOAD:
        try:
            HOOKS[hook](vendor, made_up(bench))
        except kind as error:
            _demand_named(bench, hook, str(error))
        except (PluginError, VendorError) as error:
            raise Broken(f"{hook} {what}, and that is told as {type(error).__name__}") from None
        else:
            raise Broken(f"{hook} {what}, and nobody was told")
    _demand_bystander(registry)
    for hook in _AT_LOAD:
        registry = _gone_wrong(bench, body, {hook})
        broken = registry.broken.get(bench.case.slug)
        demand(broken, f"{hook} {what}, and the plugin loads all the same")
        _demand_named(bench, hook, broken.reason if broken else "")
        _demand_bystander(registry)


def _demand_named(bench: Bench, hook: str, told: str) -> None:
    for word in (hook, bench.case.slug, _NAME):
        demand(word in told, f"the error of {hook} does not name {word!r}")
    demand(_SPOKEN not in told, f"the error of {hook} repeats the plugin's own text")


def _demand_bystander(registry: Registry) -> None:
    bystander = registry.vendors.get(BYSTANDER)
    demand(bystander is not None, "beside this plugin another vendor does not load")
    try:
        well = bystander is not None and bystander.health_check().ok
    except (PluginError, VendorError) as error:
        raise Broken(f"beside this plugin another vendor goes wrong: {error}") from None
    demand(well, "beside this plugin another vendor is not well")


def _raise() -> None:
    raise RuntimeError(_SPOKEN)


@check("hostile-raising", Tier.GOLD, why=_WHY, about=_ABOUT, unless=loaded)
def raising(bench: Bench) -> None:
    """Where its hooks raise, each of them, the host's error names hook, account and plugin, not the
    text; another vendor works on."""
    _demand_contained(bench, _raise, HookRaised, "raises")


@check("hostile-wrong-types", Tier.GOLD, why=_WHY, about=_ABOUT, unless=loaded)
def wrong_types(bench: Bench) -> None:
    """Where its hooks answer values of other types, each of them, the host's error names hook,
    account and plugin; another vendor works on."""
    _demand_contained(bench, object, WrongHookResult, "answers another type")


def _unless_both(case: Any) -> str:
    """Needs a vendor to call that is played."""
    return wired(case) or played(case)


@check("hostile-stalled", Tier.GOLD, why=_WHY, about=_ABOUT, unless=_unless_both)
def stalled(bench: Bench) -> None:
    """Where its vendor answers nothing, a learner is told in time that the vendor is unavailable
    and trying again is safe, and it is; meanwhile a learner of another vendor starts their exam."""
    problems: list[str] = []
    begin(bench, bench.case.usual_exam_type)  # well until now
    for client in bench.clients:
        client.limit(1.0)

    # Another client of the hub: one waits for its own answers.
    lms = bench.running.new_lms()

    def unlucky() -> None:
        try:
            begin(bench, bench.case.usual_exam_type, lms=lms)
        except (Broken, requests.RequestException) as error:
            problems.append(str(error))

    with bench.wire.failing(wire.stalls):
        thread = threading.Thread(target=unlucky, daemon=True)
        thread.start()
        bystander = begin(bench, ExamType.PROCTORED, BYSTANDER)
        demand(bystander.status == "created", "another vendor's learner cannot begin")
        thread.join(PATIENCE)
        in_time = not thread.is_alive()
    thread.join(60)
    for client in bench.clients:
        client.limit(10.0)
    demand(in_time, "a learner waits longer for this vendor than the host's client allows")
    demand(problems, "an attempt began although the vendor answered nothing")
    demand(
        "vendor_unavailable" in problems[0] and "trying again is safe" in problems[0],
        f"a learner whose vendor answers nothing is told: {''.join(problems)}",
    )
    begin(bench, bench.case.usual_exam_type)  # the vendor is well again
