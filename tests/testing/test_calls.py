"""The kit's calls reach every hook, with what its specification says."""

from __future__ import annotations

import pytest

from proctor_hub.hookspecs import CAPABILITY_HOOKS
from proctor_hub.testing.calls import CALLS, HOOKS
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import case_of
from proctor_hub.testing.kit.outward import made_up
from proctor_hub.vendors import results
from tests.testing.vendor import SoundCase

QUIET = {
    "describe_vendor",
    "callback_routes",
    "authenticate_callback",
    "parse_callback",
    "acknowledge_callback",
    "heartbeat_plan",
    "render_dashboard",
    "report_label",
    "classify_review",
    "authorize_decision",
    "apply_decision",
}
"""Hooks that call no vendor."""


def test_no_hook_is_forgotten() -> None:
    """A new one is tried where it goes wrong; whether it may call its vendor has to be said."""
    assert set(HOOKS) == results.HOOKS == set(CALLS) | QUIET
    assert not set(CALLS) & QUIET
    assert set().union(*CAPABILITY_HOOKS.values()) <= set(HOOKS)


@pytest.mark.parametrize("hook", sorted(HOOKS))
def test_each_hook_takes_what_it_is_called_with(hook: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(case_of(SoundCase()))
    try:
        vendor = bench.fresh_vendor()
        calls = vendor._call
        asked: dict[str, object] = {}
        monkeypatch.setattr(vendor, "_call", lambda name, **given: asked.update(given) or name)
        assert HOOKS[hook](vendor, made_up(bench)) == hook
        accepted = calls._hooks[hook][0].spec.argnames
        assert set(asked) == set(accepted) - {"self"}
    finally:
        bench.close()
