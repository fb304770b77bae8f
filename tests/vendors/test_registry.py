"""Accounts side by side: looked up by slug, isolated, with what is installed and why not."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctor_hub import Capability, ConfigurationError, Registered, VendorUnavailable
from proctor_hub.errors import VendorBroken, VendorNotConfigured
from proctor_hub.testing.fake_vendor import fake_of
from tests.vendors.support import ATTEMPT, EXAM, LEARNER, account, install, registry


def test_two_accounts_of_one_plugin_share_nothing() -> None:
    loaded = registry(account("acme-eu", has_stop_call=True), account("acme-us"))
    eu, us = loaded.get("acme-eu"), loaded.get("acme-us")
    assert (eu.description.has_stop_call, us.description.has_stop_call) == (True, False)
    fake_of(eu).fail_with = VendorUnavailable("down")
    with pytest.raises(VendorUnavailable):
        eu.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    registered = us.register_attempt(exam=EXAM, learner=LEARNER, attempt=ATTEMPT)
    assert isinstance(registered, Registered)
    assert registered.external_id.startswith("acme-us-")
    assert fake_of(eu).hooks_told() == fake_of(us).hooks_told() == ["register_attempt"]


def test_routes_of_two_accounts_are_one_path_with_two_uses() -> None:
    loaded = registry(account("acme-eu"), account("acme-us"))
    assert [(r.method, r.path, [u.slug for u in r.uses]) for r in loaded.routes] == [
        ("POST", "/callbacks/acme/{external_id}/ready", ["acme-eu", "acme-us"]),
        ("POST", "/callbacks/acme/{external_id}/reviewed", ["acme-eu", "acme-us"]),
    ]
    route = loaded.routes[0].route_of("acme-us")
    assert route is not None
    assert route.name == "ready"
    assert loaded.routes[0].route_of("other") is None


def test_get_says_what_is_wrong() -> None:
    loaded = registry(account("acme"), account("gone", "not-installed"))
    with pytest.raises(VendorNotConfigured, match=r"'nope' is configured \(configured: acme, gone"):
        loaded.get("nope")
    with pytest.raises(VendorBroken, match=r"gone \(plugin not-installed\).*installed: acme"):
        loaded.get("gone")


def test_installed_lists_plugins_without_account(tmp_path: Path) -> None:
    fake = "proctor_hub.testing.fake_vendor:FakeVendor"
    points = install(tmp_path, "some-dist", {"acme": fake, "idle": "no.such:thing"}, version="9")
    loaded = registry(account("acme-eu"), entry_points=points)
    rows = [(p.name, p.distribution, p.version, p.slugs, p.reason) for p in loaded.installed]
    assert rows == [
        ("acme", "some-dist", "9", ("acme-eu",), ""),
        (
            "idle",
            "some-dist",
            "9",
            (),
            "no account uses it; add [vendors.idle] to the configuration",
        ),
    ]
    assert loaded.get("acme-eu").distribution == "some-dist"
    assert loaded.get("acme-eu").version == "9"


def test_slug_given_twice_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match=r"\[vendors.acme\] is given twice"):
        registry(account("acme"), account("acme"))


def test_capabilities_and_own_hooks() -> None:
    vendor = registry(account(capabilities=["health_check"])).get("acme")
    assert vendor.can(Capability.HEALTH_CHECK)
    assert not vendor.can(Capability.EXAM_SYNC)
    assert "health_check" in vendor.hooks_implemented
    assert "report_label" not in vendor.hooks_implemented
