"""Loads one vendor account: import, settings, instance, inspection. Whatever goes wrong stays with
that account (design §2)."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy
from pydantic import ValidationError

from proctor_hub.errors import ConfigurationError, PluginError, PluginRefused
from proctor_hub.hookspecs import PROJECT, VendorSpec
from proctor_hub.vendors.calling import VendorIdentity, named
from proctor_hub.vendors.default_flow import DefaultFlow
from proctor_hub.vendors.description import check_description, check_routes
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.host import VendorHost, VendorSettings
from proctor_hub.vendors.inspection import check_complete, implemented_hooks
from proctor_hub.vendors.installed import Installed, PluginSource

_SCRUBBED_FROM = 5
"""Shorter configured strings stay in messages: no secret is that short, many words are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorAccount:
    """``[vendors.<slug>]`` of the configuration: which plugin, and the rest of the table."""

    slug: str
    plugin_name: str
    settings_table: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenVendor:
    """A configured account that cannot be used, and why; holds no secret.

    ``distribution`` and ``version`` are empty where no distribution was found.
    """

    slug: str
    plugin: str
    distribution: str
    version: str
    reason: str


def load_account(
    account: VendorAccount, installed: Installed, make_host: Callable[[VendorAccount], VendorHost]
) -> Vendor | BrokenVendor:
    """The account's vendor, or what is wrong with it; never raises for what a plugin does."""
    source = None
    try:
        source = installed.find(account.plugin_name)
        return _load(account, source, make_host)
    except (PluginError, ConfigurationError) as error:
        reason = str(error)
    except (Exception, SystemExit) as error:
        reason = f"its loading raised {named(error)}"
    return BrokenVendor(
        slug=account.slug,
        plugin=account.plugin_name,
        distribution=source.distribution if source else "",
        version=source.version if source else "",
        reason=reason,
    )


def _load(
    account: VendorAccount,
    source: PluginSource,
    make_host: Callable[[VendorAccount], VendorHost],
) -> Vendor:
    plugin_class = _import(source)
    settings = _settings(plugin_class, account)
    plugin = _build(plugin_class, settings, make_host(account), account)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(VendorSpec)
    manager.register(DefaultFlow(), name="default flow")
    implemented = implemented_hooks(manager, plugin)
    _register(manager, plugin, account.slug)
    # Before the first call: a missing hook explains more than what its absence leads to.
    check_complete(implemented, frozenset())
    identity = VendorIdentity(
        slug=account.slug,
        plugin=source.name,
        distribution=source.distribution,
        version=source.version,
    )
    vendor = Vendor(identity, manager, plugin, implemented)
    check_description(vendor.description)
    check_complete(implemented, vendor.description.capabilities)
    check_routes(vendor.routes)
    return vendor


def _import(source: PluginSource) -> type[Any]:
    value = source.entry_point.value
    try:
        loaded = source.entry_point.load()
    except (Exception, SystemExit) as error:
        raise PluginRefused(
            f"{value} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if not inspect.isclass(loaded):
        kind = "a module" if inspect.ismodule(loaded) else f"a {type(loaded).__name__}"
        raise PluginRefused(f"the entry point {value} is {kind}, not a plugin class")
    settings = getattr(loaded, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, VendorSettings)):
        raise PluginRefused(f"{value} has no attribute Settings that is a VendorSettings class")
    return loaded


def _settings(plugin_class: type[Any], account: VendorAccount) -> VendorSettings:
    section = f"[vendors.{account.slug}]"
    try:
        settings: VendorSettings = plugin_class.Settings.model_validate(
            dict(account.settings_table)
        )
        return settings
    except ValidationError as error:
        # Only what pydantic says about the rule; the input and its context may be secrets.
        problems = [
            f"{'.'.join(map(str, one['loc'])) or '(whole table)'}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    reason = without_values("; ".join(problems), account.settings_table)
    raise PluginRefused(f"{section} is not valid: {reason}")


def _build(
    plugin_class: type[Any], settings: VendorSettings, host: VendorHost, account: VendorAccount
) -> object:
    try:
        plugin: object = plugin_class(settings, host)
        return plugin
    except ConfigurationError as error:
        what, text = f"[vendors.{account.slug}]", str(error)
    except (Exception, SystemExit) as error:
        what, text = f"its constructor raised {named(error)}", str(error)
    raise PluginRefused(f"{what}: {without_values(text, account.settings_table)}")


def _register(manager: pluggy.PluginManager, plugin: object, slug: str) -> None:
    try:
        manager.register(plugin, name=slug)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginRefused(f"pluggy refuses it: {error}") from error


def without_values(text: str, table: object) -> str:
    """``text`` without the longer configured strings, which a plugin's message may repeat."""
    if isinstance(table, Mapping):
        for value in table.values():
            text = without_values(text, value)
    elif isinstance(table, list | tuple):
        for value in table:
            text = without_values(text, value)
    elif isinstance(table, str) and len(table) >= _SCRUBBED_FROM:
        text = text.replace(table, "***")
    return text
