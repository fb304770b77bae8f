"""Who the plugin is, and what its settings tell whom."""

from __future__ import annotations

import re
from collections.abc import Iterator

from proctor_hub.services.vendor_report import vendor_lines
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import Case, secrets_in
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import loaded
from proctor_hub.vendors.host import VendorSettings
from proctor_hub.vendors.quality import Tier

_SECRET_NAME = re.compile(r"(^|_)(secret|password|passphrase|token|key)$")
_NOT_THERE = "a_key_no_plugin_has"


@check(
    "identity-loads",
    Tier.BRONZE,
    why="An installed plugin that vanishes when it is wrong leaves its courses without proctoring.",
    about="reference/hooks.md#what-the-loader-refuses",
)
def loads(bench: Bench) -> None:
    """The host's loader takes the plugin with the settings given."""
    demand(not bench.case.problem, bench.case.problem)


@check(
    "identity-steady",
    Tier.BRONZE,
    why="The host asks once, when it loads; what changes later would never be seen.",
    about="reference/hooks.md#describe_vendor",
    unless=loaded,
)
def is_steady(bench: Bench) -> None:
    """The description and the callback routes are the same at every call."""
    vendor = bench.fresh_vendor()
    for hook in ("describe_vendor", "callback_routes"):
        answers = [getattr(vendor, hook)() for _ in range(3)]
        demand(answers[0] == answers[1] == answers[2], f"{hook} answers differently each time")


@check(
    "identity-unknown-setting",
    Tier.BRONZE,
    why="A misspelt key that is passed over leaves an operator with a default they never chose.",
    about="reference/contract.md#vendorsettings",
    unless=loaded,
)
def refuses_unknown_settings(bench: Bench) -> None:
    """A key that the plugin's settings do not have is refused, by its name."""
    registry = bench.registry(bench.case.slug, {**bench.table, _NOT_THERE: "x"})
    broken = registry.broken.get(bench.case.slug)
    demand(broken is not None, f"the settings take the unknown key {_NOT_THERE!r} in silence")
    demand(
        broken is None or _NOT_THERE in broken.reason,
        "the refusal of an unknown key does not name the key",
    )


@check(
    "identity-missing-setting",
    Tier.BRONZE,
    why="Who forgets a key must learn which one, before the first learner does.",
    about="reference/contract.md#vendorsettings",
    unless=loaded,
)
def names_missing_settings(bench: Bench) -> None:
    """Without a required key the plugin is refused, and the reason names the key."""
    for name, field in _settings(bench).model_fields.items():
        if not field.is_required():
            continue
        table = {key: value for key, value in bench.table.items() if key != name}
        broken = bench.registry(bench.case.slug, table).broken.get(bench.case.slug)
        demand(
            broken is not None and name in broken.reason,
            f"without the required key {name!r} the plugin is not refused by that name",
        )


def _unless_named_so(case: Case) -> str:
    """Needs a setting whose name says that it is a secret."""
    if problem := loaded(case):
        return problem
    named = any(map(_SECRET_NAME.search, case.given.plugin.Settings.model_fields))
    return "" if named else "no setting's name says that it is a secret"


def _unless_secretive(case: Case) -> str:
    """Needs a secret among the settings."""
    if problem := loaded(case):
        return problem
    return "" if case.secrets else "no setting is a secret"


@check(
    "identity-secrets-typed",
    Tier.BRONZE,
    why="A secret kept as plain text is printed by the first log line that shows the settings.",
    about="reference/contract.md#vendorsettings",
    unless=_unless_named_so,
)
def secrets_are_typed(bench: Bench) -> None:
    """Every setting whose name says secret, password, token or key is a ``SecretStr``."""
    settings = _settings(bench).model_validate(bench.table)
    known = secrets_in(settings)
    for name in type(settings).model_fields:
        demand(
            not _SECRET_NAME.search(name) or name in known or not getattr(settings, name),
            f"the setting {name!r} is no SecretStr",
        )


@check(
    "identity-secrets-hidden",
    Tier.BRONZE,
    why="What is printed ends in logs, tickets and screenshots, and then the secret is none.",
    about="reference/contract.md#vendorsettings",
    unless=_unless_secretive,
)
def secrets_are_hidden(bench: Bench) -> None:
    """No secret of the settings is in a ``repr``, a load error, or the table of vendors."""
    settings = _settings(bench).model_validate(bench.table)
    for name, secret in secrets_in(settings).items():
        for where, text in _shown(bench, settings):
            demand(secret not in text, f"the secret {name!r} is shown in {where}")


def _shown(bench: Bench, settings: VendorSettings) -> Iterator[tuple[str, str]]:
    yield "the settings' repr", f"{settings!r} {settings}"
    registry = bench.registry(bench.case.slug, bench.table)
    for vendor in registry.vendors.values():
        plugin = vendor.implementation
        yield "the plugin's repr", f"{plugin!r} {plugin}"
        yield "the vendor's description", repr(vendor.description)
    yield "the table of `proctor-hub vendors`", repr(vendor_lines(registry, "https://hub.example"))
    for broken in (
        {**bench.table, _NOT_THERE: "x"},
        *({**bench.table, key: ["no", bench.table[key]]} for key in bench.table),
    ):
        found = bench.registry(bench.case.slug, broken).broken.values()
        yield "the reason why it does not load", " ".join(one.reason for one in found)


def _settings(bench: Bench) -> type[VendorSettings]:
    found: type[VendorSettings] = bench.case.given.plugin.Settings
    return found
