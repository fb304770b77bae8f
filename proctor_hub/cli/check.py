"""``proctor-hub check``: does a vendor account work, both ways?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import sqlalchemy as sa
import typer

from proctor_hub.app import account_of, build_registry, utc_now
from proctor_hub.cli.checks import begun, print_checks
from proctor_hub.cli.output import AsJson, print_json
from proctor_hub.cli.schema import schema_revision
from proctor_hub.cli.vendors import without_keys
from proctor_hub.encryption_keys import keyring_of
from proctor_hub.errors import ConfigurationError, VendorBroken
from proctor_hub.services import diagnosis
from proctor_hub.services.diagnosis import Check, all_well
from proctor_hub.services.hub import Limits
from proctor_hub.services.keyring import Keyring
from proctor_hub.services.vendor_check import CheckedAccount, check_account
from proctor_hub.settings import HubSettings
from proctor_hub.storage import clients
from proctor_hub.storage.engine import Database
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.listening import ListeningHttp
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.making import validated
from proctor_hub.vendors.registry import Registry


def check(
    vendor: Annotated[str, typer.Argument(help="The account: its slug in the configuration.")],
    as_json: AsJson = False,
) -> None:
    """Check a vendor account: settings, address, credentials, clock, rules, dashboard, callbacks.

    Calls the vendor and the hub's public address; sends no learner's data, changes nothing. Exit 1
    where a check failed; a warning is no reason to."""
    settings = HubSettings.load()
    ensure_configured(settings, vendor)
    registry, http = listened(settings, vendor)
    try:
        account = registry.get(vendor)
    except VendorBroken:
        reason = registry.broken[vendor].reason
        checks = [diagnosis.failed("plugin", reason, f"Look at [vendors.{vendor}].")]
    else:
        checks = check_account(_checked(settings, account, http))
    if as_json:
        print_json(_object(vendor, registry, checks))
    else:
        print_checks(checks)
    if not all_well(checks):
        raise typer.Exit(1)


def ensure_configured(settings: HubSettings, slug: str) -> None:
    """There is such an account. :raises ConfigurationError: there is none."""
    if slug not in settings.vendors:
        known = ", ".join(sorted(settings.vendors)) or "none"
        raise ConfigurationError(f"No vendor {slug!r} is configured (configured: {known}).")


def listened(settings: HubSettings, slug: str) -> tuple[Registry, ListeningHttp]:
    """The accounts, and the client of that one; makes no keys where there are none yet."""
    http = ListeningHttp(BoundedHttpClient(), utc_now)
    settings = settings if begun(settings) else without_keys(settings)
    # All of them: accounts whose paths clash break one another.
    registry = build_registry(
        settings, http_factory=lambda one: http if one.slug == slug else BoundedHttpClient()
    )
    return registry, http


def settings_of(account: VendorAccount, vendor: Vendor) -> Any:
    """The settings a loaded account's plugin was built with."""
    section = f"[vendors.{account.slug}]"
    return validated(type(vendor.implementation), account.settings_table, section)


def _checked(settings: HubSettings, vendor: Vendor, http: ListeningHttp) -> CheckedAccount:
    table = account_of(vendor.slug, settings.vendors[vendor.slug])
    keyring: Keyring | None = keyring_of(settings) if begun(settings) else None
    return CheckedAccount(
        vendor=vendor,
        http=http,
        settings=settings_of(table, vendor),
        public_url=settings.public_url,
        keyring=keyring,
        callers=_callers(settings, vendor.slug),
        now=utc_now,
        learner_seconds=Limits().vendor_seconds,
    )


def _callers(settings: HubSettings, slug: str) -> tuple[str, ...] | None:
    """The vendor's clients that are not revoked; None: the database cannot tell."""
    try:
        if schema_revision(settings) is None:
            return ()
        database = Database(settings.url, pool_size=1, read_only=True)
        try:
            with database.read() as conn:
                return clients.of_vendor(conn, slug)
        finally:
            database.close()
    except sa.exc.DBAPIError:
        return None


def _object(slug: str, registry: Registry, checks: Sequence[Check]) -> dict[str, Any]:
    found = registry.vendors.get(slug) or registry.broken[slug]
    return {
        "vendor": slug,
        "distribution": found.distribution,
        "version": found.version,
        "ok": all_well(checks),
        "checks": checks,
    }
