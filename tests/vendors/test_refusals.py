"""Each plugin that would fail in silence is refused with its distribution and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vendors.support import account, install, registry

BAD = "tests.vendors.bad_plugins"
REFUSED = {
    "Unmarked": "report_label bears a hook's name but is no method marked with @hookimpl",
    "UnmarkedOverride": "register_attempt bears a hook's name but is no method marked",
    "HookIsNone": "render_dashboard bears a hook's name",
    "HookIsProperty": "report_label bears a hook's name",
    "UnmarkedOnInstance": "report_label bears a hook's name",
    "SpecMark": "report_label bears a hook's name",
    "TryFirst": "report_label is marked with tryfirst",
    "TryLast": "report_label is marked with trylast",
    "Wrapper": "report_label is marked with wrapper",
    "OldWrapper": "report_label is marked with hookwrapper",
    "Optional": "reprot_label is marked with optionalhook",
    "Misspelt": "reprot_label, which does not exist; did you mean report_label?",
    "WrongArgument": "takes an argument 'state' that report_label does not have (it has: status)",
    "DefaultedArgument": "rules_catalog gives its argument 'language' a default",
    "Async": "health_check is asynchronous",
    "TwiceOneHook": "both again and classify_review implement the hook classify_review",
    "IsClass": "it is a class where an instance belongs",
    "IsModule": "it is a module where an instance belongs",
    "NoMandatory": "does not implement the mandatory authenticate_callback, authorize_decision",
    "NoSettings": "has no attribute Settings",
    "Boasting": "capability session_notices but does not implement session_errored, session_st",
    "DescribesDict": "describe_vendor of vendor broken (plugin bad of bad-dist 1.2.3) answered d",
    "DescribesNothing": "answered nothing, and there is no default",
    "DescribesWords": "describe_vendor: capabilities: is no frozenset of Capability",
    "DescribesTimed": "exam_types: timed exams need no vendor",
    "SamePathTwice": "callback_routes: one and two are both POST /a/{y}",
    "SameNameTwice": "the name one is given twice",
    "RelativePath": "one: 'a' is no absolute path",
    "NoAttemptCode": "/a/{code} has no {attempt_code}",
    "RoutesList": "answered list, not tuple of CallbackRoute",
    "Raises": "its constructor raised RuntimeError at tests.vendors.bad_plugins:",
    "Exits": "its constructor raised SystemExit",
    "NeedsOther": "[vendors.broken]: base_url: must be another",
    "INSTANCE": "is a object, not a plugin class",
    "Missing": "cannot be imported: AttributeError",
}


@pytest.mark.parametrize("flaw", REFUSED)
def test_bad_plugin_is_refused_and_harms_only_its_account(flaw: str, tmp_path: Path) -> None:
    points = install(
        tmp_path,
        "bad-dist",
        {"bad": f"{BAD}:{flaw}", "acme": "proctor_hub.testing.fake_vendor:FakeVendor"},
    )
    loaded = registry(account("broken", "bad"), account("acme"), entry_points=points)
    broken = loaded.broken["broken"]
    assert REFUSED[flaw] in broken.reason
    assert (broken.plugin, broken.distribution, broken.version) == ("bad", "bad-dist", "1.2.3")
    assert set(loaded.vendors) == {"acme"}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("tests.vendors.no_such_module:X", "cannot be imported: ModuleNotFoundError"),
        ("tests.vendors.exiting_plugin:X", "cannot be imported: SystemExit"),
        ("tests.vendors.bad_plugins", "is a module, not a plugin class"),
    ],
)
def test_entry_point_that_yields_no_class(value: str, reason: str, tmp_path: Path) -> None:
    points = install(tmp_path, "bad-dist", {"bad": value})
    assert reason in registry(account("x", "bad"), entry_points=points).broken["x"].reason


def test_settings_errors_name_section_and_key_and_no_value() -> None:
    loaded = registry(account("acme-eu", api_key=["hunter2-secret"], colour="hunter3-secret"))
    reason = loaded.broken["acme-eu"].reason
    assert reason.startswith("[vendors.acme-eu] is not valid: api_key: ")
    assert "colour: Extra inputs are not permitted" in reason
    assert "hunter" not in repr(loaded)


@pytest.mark.parametrize("flaw", ["Raises", "Talkative"])
def test_a_plugins_own_message_does_not_carry_secrets(flaw: str, tmp_path: Path) -> None:
    points = install(tmp_path, "bad-dist", {"bad": f"{BAD}:{flaw}"})
    key = "api_key" if flaw == "Raises" else "password"
    loaded = registry(account("x", "bad", **{key: "hunter2-secret"}), entry_points=points)
    assert "***" in loaded.broken["x"].reason
    assert "hunter" not in loaded.broken["x"].reason


def test_duplicate_names_are_refused_naming_both(tmp_path: Path) -> None:
    fake = "proctor_hub.testing.fake_vendor:FakeVendor"
    install(tmp_path, "first-dist", {"acme": fake})
    points = install(tmp_path, "second-dist", {"acme": fake, "other": fake})
    loaded = registry(account("acme"), account("other", "other"), entry_points=points)
    reason = loaded.broken["acme"].reason
    assert "first-dist 1.2.3" in reason
    assert "second-dist 1.2.3" in reason
    assert set(loaded.vendors) == {"other"}


def test_two_plugins_that_use_one_path_differently(tmp_path: Path) -> None:
    fake = "proctor_hub.testing.fake_vendor:FakeVendor"
    points = install(tmp_path, "some-dist", {"acme": fake, "by-url": f"{BAD}:ByUrl"})
    loaded = registry(account("acme"), account("late", "by-url"), entry_points=points)
    assert set(loaded.vendors) == {"acme"}
    assert "acme and late both use this path, but differ in account: token and url" in (
        loaded.broken["late"].reason
    )
