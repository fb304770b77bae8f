"""What is known of each configured account and each installed plugin: for operators."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import pluggy

from proctor_hub.contract_versions import PROJECT
from proctor_hub.deprecation import uses_in
from proctor_hub.domain.told import told
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.vendors.calling import named
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.installed import VENDORS_GROUP, InstalledPlugin, PluginSource
from proctor_hub.vendors.loader import BrokenVendor
from proctor_hub.vendors.quality import Quality, quality_of
from proctor_hub.vendors.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorLine:
    """One account, or one plugin that no account uses.

    :param name: the vendor's own name; empty where no account could be loaded.
    :param configured: an account can be used. :param reason: why not, else empty.
    :param capabilities: None: they depend on settings there are none of.
    :param callbacks: route → method and address the vendor calls; the addresses hold no secret.
    :param deprecations: what the plugin uses of the contract that will go, with file and line.
    :param quality: the tier that the plugin's shipped result proves, or why none is proven.
    :param exempted: check of the conformance kit → why its author exempted the plugin from it.
    """

    slug: str | None
    name: str
    plugin: str
    distribution: str
    version: str
    configured: bool
    reason: str
    exam_types: tuple[str, ...]
    capabilities: tuple[str, ...] | None
    hooks: tuple[str, ...]
    callbacks: Mapping[str, Mapping[str, str]]
    deprecations: tuple[str, ...] = ()
    quality: str
    exempted: Mapping[str, str]


def vendor_lines(registry: Registry, public_url: str) -> list[VendorLine]:
    """Usable accounts, broken ones with the reason, then plugins without an account."""
    rows = [_usable(vendor, public_url) for vendor in registry.vendors.values()]
    rows += [_broken(broken) for broken in registry.broken.values()]
    rows += [_unused(plugin) for plugin in registry.installed if not plugin.slugs]
    return rows


def secret_urls(vendors: Iterable[Vendor]) -> dict[str, dict[str, str]]:
    """Addresses that hold a token, slug → name → URL, of plugins that have a ``callback_urls``."""
    found = {}
    for vendor in vendors:
        offer = getattr(vendor.implementation, "callback_urls", None)
        if callable(offer):
            found[vendor.slug] = {str(name): str(url) for name, url in dict(offer()).items()}
    return found


def _usable(vendor: Vendor, public_url: str) -> VendorLine:
    return VendorLine(
        slug=vendor.slug,
        name=vendor.description.name,
        plugin=vendor.plugin_name,
        distribution=vendor.distribution,
        version=vendor.version,
        configured=True,
        reason="",
        exam_types=_words(vendor.description.exam_types),
        capabilities=_words(vendor.description.capabilities),
        hooks=_words(vendor.hooks_implemented),
        callbacks={
            route.name: {"method": route.method, "url": public_url + route.path}
            for route in vendor.routes
        },
        deprecations=deprecations_of(vendor),
        quality=quality_named(vendor.plugin_name).said(),
        exempted=quality_named(vendor.plugin_name).exempted,
    )


def deprecations_of(vendor: Vendor) -> tuple[str, ...]:
    """What the plugin of an account uses of the contract that will go, as far as it was run."""
    package = type(vendor.implementation).__module__.partition(".")[0]
    return tuple(map(str, uses_in(package)))


def _broken(broken: BrokenVendor) -> VendorLine:
    return VendorLine(
        slug=broken.slug,
        name="",
        plugin=broken.plugin,
        distribution=broken.distribution,
        version=broken.version,
        configured=False,
        reason=broken.reason,
        exam_types=(),
        capabilities=None,
        hooks=_words(_hooks_of_class(broken.plugin)[0]),
        callbacks={},
        quality=quality_named(broken.plugin).said(),
        exempted=quality_named(broken.plugin).exempted,
    )


def _unused(plugin: InstalledPlugin) -> VendorLine:
    hooks, problem = _hooks_of_class(plugin.name)
    return VendorLine(
        slug=None,
        name="",
        plugin=plugin.name,
        distribution=plugin.distribution,
        version=plugin.version,
        configured=False,
        reason=f"{plugin.reason}; {problem}" if problem else plugin.reason,
        exam_types=(),
        capabilities=None,
        hooks=_words(hooks),
        callbacks={},
        quality=quality_named(plugin.name).said(),
        exempted=quality_named(plugin.name).exempted,
    )


def quality_named(plugin: str) -> Quality:
    """What is known of an installed plugin's quality, by its name."""
    points = list(metadata.entry_points(group=VENDORS_GROUP, name=plugin))
    if len(points) != 1:
        return Quality(
            tier=None, detail=told("no plugin of this name is installed, or several are")
        )
    return quality_of(PluginSource.of(points[0]))


def _hooks_of_class(name: str) -> tuple[set[str], str]:
    """The hooks a plugin's class marks, and what kept us from finding out."""
    points = list(metadata.entry_points(group=VENDORS_GROUP, name=name))
    if len(points) != 1:
        return set(), ""
    manager = pluggy.PluginManager(PROJECT)
    try:
        loaded: Any = points[0].load()
        found = {member: manager.parse_hookimpl_opts(loaded, member) for member in dir(loaded)}
    except (Exception, SystemExit) as error:
        return set(), f"its import raised {named(error)}"
    marked = {options.get("specname") or name for name, options in found.items() if options}
    return {hook for hook in marked if hasattr(VendorSpec, hook)}, ""


def _words(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(map(str, values)))
