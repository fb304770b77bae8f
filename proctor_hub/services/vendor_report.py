"""What is installed and configured, and whether it is well: for operators and the CLI."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proctor_hub.errors import PluginError, VendorError
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.registry import Registry
from proctor_hub.vendors.subjects import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorLine:
    """A vendor account, usable or not; or, with ``slug`` None, a plugin that no account uses.

    :param reason: why it cannot be used; empty where it can. :param healthy: None: not asked, or
        the vendor has no such check. :param callback_urls: what to give to the vendor, where its
        plugin says; secrets, for the command line only.
    """

    slug: str | None
    plugin: str
    distribution: str
    version: str
    name: str = ""
    configured: bool = False
    reason: str = ""
    exam_types: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    healthy: bool | None = None
    health_detail: str = ""
    callback_urls: Mapping[str, str] = field(default_factory=dict, repr=False)


def vendor_lines(registry: Registry, *, health: bool = False) -> list[VendorLine]:
    """Every account, then every installed plugin no account uses.

    :param health: ask each vendor that has a check; takes as long as the slowest answers.
    """
    lines = [_usable(vendor, health) for vendor in registry.vendors.values()]
    lines += [
        VendorLine(
            slug=broken.slug,
            plugin=broken.plugin,
            distribution=broken.distribution,
            version=broken.version,
            reason=broken.reason,
        )
        for broken in registry.broken.values()
    ]
    lines += [
        VendorLine(
            slug=None,
            plugin=plugin.name,
            distribution=plugin.distribution,
            version=plugin.version,
            reason=plugin.reason,
        )
        for plugin in registry.installed
        if not plugin.slugs
    ]
    return lines


def _usable(vendor: Vendor, health: bool) -> VendorLine:
    found = _health(vendor) if health else None
    return VendorLine(
        slug=vendor.slug,
        plugin=vendor.plugin_name,
        distribution=vendor.distribution,
        version=vendor.version,
        name=vendor.description.name,
        configured=True,
        exam_types=tuple(sorted(vendor.description.exam_types)),
        capabilities=tuple(sorted(vendor.description.capabilities)),
        hooks=tuple(sorted(vendor.hooks_implemented)),
        healthy=None if found is None else found.ok,
        health_detail="" if found is None else found.detail,
        callback_urls=_callback_urls(vendor),
    )


def _health(vendor: Vendor) -> Health | None:
    if not vendor.can(Capability.HEALTH_CHECK):
        return None
    try:
        return vendor.health_check()
    except (VendorError, PluginError) as error:
        return Health(ok=False, detail=str(error))


def _callback_urls(vendor: Vendor) -> dict[str, str]:
    """What the plugin's optional ``callback_urls()`` says: name → URL."""
    say = getattr(vendor.implementation, "callback_urls", None)
    if not callable(say):
        return {}
    urls = say()
    return {str(name): str(url) for name, url in dict(urls).items()}
