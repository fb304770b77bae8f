"""All configured vendor accounts, loaded once: slug → vendor, and what did not load and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint
from types import MappingProxyType

from proctor_hub.errors import (
    ConfigurationError,
    PluginRefused,
    VendorBroken,
    VendorNotConfigured,
)
from proctor_hub.vendors.account import AccountHost, AccountHttp
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.installed import InstalledPlugin, discover
from proctor_hub.vendors.loader import BrokenVendor, VendorAccount, load_account
from proctor_hub.vendors.routes import MergedRoute, merge_routes

HttpFactory = Callable[[VendorAccount], AccountHttp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """What :func:`load_registry` found; frozen, and the same for the life of the process.

    :param vendors: the usable accounts. :param broken: configured ones that are not.
    :param installed: every installed plugin, also those no account uses.
    :param routes: the callback paths of the usable accounts.
    """

    vendors: Mapping[str, Vendor]
    broken: Mapping[str, BrokenVendor]
    installed: tuple[InstalledPlugin, ...]
    routes: tuple[MergedRoute, ...]

    def get(self, slug: str) -> Vendor:
        """The account's vendor.

        :raises proctor_hub.errors.VendorNotConfigured: there is no such account.
        :raises proctor_hub.errors.VendorBroken: there is, but its plugin did not load.
        """
        vendor = self.vendors.get(slug)
        if vendor is not None:
            return vendor
        broken = self.broken.get(slug)
        if broken is not None:
            origin = f" of {broken.distribution} {broken.version}" if broken.distribution else ""
            raise VendorBroken(
                f"The vendor {slug} (plugin {broken.plugin}{origin}) cannot be used: "
                f"{broken.reason}"
            )
        known = ", ".join(sorted({*self.vendors, *self.broken})) or "none"
        raise VendorNotConfigured(f"No vendor {slug!r} is configured (configured: {known}).")


def load_registry(
    accounts: Iterable[VendorAccount],
    *,
    public_url: str,
    keys: Sequence[bytes],
    clock: Callable[[], datetime],
    entry_points: Iterable[EntryPoint] | None = None,
    http_factory: HttpFactory | None = None,
) -> Registry:
    """Load every account, each for itself: a broken one harms only its own slug.

    :param keys: the first mints vendor tokens, all of them check.
    :param entry_points: instead of those installed; for tests.
    :param http_factory: instead of a :class:`BoundedHttpClient` per account.
    :raises proctor_hub.errors.ConfigurationError: a slug given twice, or no key.
    """
    wanted = _by_slug(accounts)
    installed = discover(entry_points=entry_points)
    factory = http_factory or (lambda _: BoundedHttpClient())
    if not keys or not all(keys):
        raise ConfigurationError("No key to mint vendor tokens with: set the encryption keys.")

    def make_host(account: VendorAccount) -> AccountHost:
        return AccountHost(
            slug=account.slug,
            public_url=public_url,
            http=factory(account),
            keys=keys,
            clock=clock,
        )

    vendors: dict[str, Vendor] = {}
    broken: dict[str, BrokenVendor] = {}
    for slug, account in wanted.items():
        loaded = load_account(account, installed, make_host)
        if isinstance(loaded, Vendor):
            loaded = _with_routes(vendors, loaded)
        if isinstance(loaded, Vendor):
            vendors[slug] = loaded
        else:
            broken[slug] = loaded
    return Registry(
        vendors=MappingProxyType(vendors),
        broken=MappingProxyType(broken),
        installed=installed.report(_users(wanted.values())),
        routes=merge_routes(vendors.values()),
    )


def _by_slug(accounts: Iterable[VendorAccount]) -> dict[str, VendorAccount]:
    wanted: dict[str, VendorAccount] = {}
    for account in accounts:
        if account.slug in wanted:
            raise ConfigurationError(f"[vendors.{account.slug}] is given twice; rename one.")
        wanted[account.slug] = account
    return wanted


def _with_routes(vendors: Mapping[str, Vendor], vendor: Vendor) -> Vendor | BrokenVendor:
    """Of two accounts whose paths clash the one configured later is broken."""
    try:
        merge_routes([*vendors.values(), vendor])
    except PluginRefused as error:
        return BrokenVendor(
            slug=vendor.slug,
            plugin=vendor.plugin_name,
            distribution=vendor.distribution,
            version=vendor.version,
            reason=str(error),
        )
    return vendor


def _users(accounts: Iterable[VendorAccount]) -> dict[str, tuple[str, ...]]:
    users: dict[str, tuple[str, ...]] = {}
    for account in accounts:
        users[account.plugin_name] = (*users.get(account.plugin_name, ()), account.slug)
    return users
