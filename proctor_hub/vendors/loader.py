"""Loads one vendor account: import, settings, instance, inspection. Whatever goes wrong stays with
that account (design §2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pluggy

from proctor_hub.contract_versions import PROJECT
from proctor_hub.errors import ConfigurationError, PluginError
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.vendors.calling import VendorIdentity, named
from proctor_hub.vendors.default_flow import DefaultFlow
from proctor_hub.vendors.description import check_description, check_routes
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.host import VendorHost, VendorSettings
from proctor_hub.vendors.inspection import check_complete, implemented_hooks
from proctor_hub.vendors.installed import Installed, PluginSource
from proctor_hub.vendors.making import built, import_plugin, registered, validated


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
    section = f"[vendors.{account.slug}]"
    plugin_class = import_plugin(source, VendorSettings)
    settings = validated(plugin_class, account.settings_table, section)
    plugin = built(plugin_class, settings, make_host(account), account.settings_table, section)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(VendorSpec)
    manager.register(DefaultFlow(), name="default flow")
    implemented = implemented_hooks(manager, plugin, VendorSpec)
    registered(manager, plugin, account.slug)
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
