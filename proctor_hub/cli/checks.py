"""What ``proctor-hub doctor`` looks at; nothing is made or changed."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from proctor_hub.app import mail_parts
from proctor_hub.cli.output import print_table
from proctor_hub.cli.schema import embedded_file, schema_revision
from proctor_hub.encryption_keys import keyring_of
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.report_place import report_files_of
from proctor_hub.services.diagnosis import Check, CheckState, failed, ok, warning
from proctor_hub.services.reports import NO_PLACE
from proctor_hub.services.vendor_check import check_plugin
from proctor_hub.settings import HubSettings
from proctor_hub.storage import migrate
from proctor_hub.storage.engine import sqlite_module
from proctor_hub.storage.report_files import StorageFailed
from proctor_hub.storage.schema import Standing
from proctor_hub.vendors.registry import Registry

_FIRST_START = "will be made on first start"
_MENDED = (3, 51, 3)
_MENDED_BRANCHES = {(3, 44): 6, (3, 50): 7}


_STATES = {
    CheckState.OK: "ok",
    CheckState.WARNING: "warning",
    CheckState.FAILED: "FAILED",
    CheckState.NOT_APPLICABLE: "does not apply",
}


def print_checks(checks: Iterable[Check]) -> None:
    """A line for each."""
    rows = ((one.name, _STATES[one.state], one.told) for one in checks)
    print_table(("what", "state", "what was seen, and what to do"), rows)


def has_wal_fix(version: tuple[int, ...]) -> bool:
    """Whether an SQLite has the WAL-reset bug mended: 3.51.3, 3.50.7 and 3.44.6 do, and later."""
    patch = _MENDED_BRANCHES.get((version[0], version[1]))
    return version >= _MENDED or (patch is not None and version[2] >= patch)


def check_sqlite(settings: HubSettings) -> Check:
    """The SQLite in use; an affected one matters only where it holds the database."""
    module = sqlite_module()
    version = tuple(int(part) for part in module.sqlite_version.split("."))
    mended = has_wal_fix(version)
    detail = f"{module.sqlite_version} of {module.__name__.partition('.')[0]}, " + (
        "WAL-reset bug fixed"
        if mended
        else "has the WAL-reset bug, which can lose commits: install pysqlite3>=0.6"
    )
    if not settings.embedded:
        detail += " (not used: the database is PostgreSQL)"
    return ok("sqlite", detail) if mended or not settings.embedded else failed("sqlite", detail)


def check_keys(settings: HubSettings) -> Check:
    """The encryption keys are there and can be read."""
    file = embedded_file(settings)
    if not settings.encryption_keys and file is not None and not begun(settings):
        return ok("keys", _FIRST_START)
    try:
        keyring_of(settings)
    except ConfigurationError as error:
        return failed("keys", str(error))
    return ok("keys", "present")


def check_database(settings: HubSettings) -> Check:
    """The database can be reached and has this version's schema."""
    name = sa.engine.make_url(settings.url).get_backend_name()
    try:
        revision = schema_revision(settings)
    except sa.exc.DBAPIError as error:
        return failed("database", f"{name} does not answer: {error.orig}")
    if revision is None and settings.embedded:
        return ok("database", f"{name}, {_FIRST_START}")
    standing = Standing.OLDER if revision is None else migrate.standing(settings.url)[0]
    if standing in (Standing.CURRENT, Standing.NEWER):
        detail = f"{name}, schema {revision} ({standing.value})"
        return ok("database", detail)
    remedy = "run `proctor-hub db upgrade`"
    if standing is Standing.TOO_NEW:
        remedy = "install the newer version of proctor-hub"
    detail = f"{name}, schema {revision or 'none'}, needs {migrate.head()}: {remedy}"
    return failed("database", detail)


def check_reports(settings: HubSettings) -> Check:
    """Reports have a place to be kept, and it answers."""
    try:
        files = report_files_of(settings)
        if files is None:
            return warning("reports", NO_PLACE)
        files.check()
    except ConfigurationError as error:
        return failed("reports", str(error))
    except StorageFailed as error:
        return failed("reports", f"{error}; look at [reports] url")
    return ok("reports", f"kept for {settings.reports.days} days")


def check_vendors(registry: Registry) -> list[Check]:
    """Every configured account; a broken one with its reason."""
    checks = [check_plugin(vendor, f"vendor {slug}") for slug, vendor in registry.vendors.items()]
    checks += [failed(f"vendor {slug}", broken.reason) for slug, broken in registry.broken.items()]
    return checks or [ok("vendors", "none is configured")]


def check_mail(settings: HubSettings) -> list[Check]:
    """Templates, and the mail server up to the login; no mail is sent. Nothing without a server."""
    try:
        parts = mail_parts(settings)
        if parts is None:
            return []
        sender, templates, _ = parts
        found = f"{sender.check()}; {', '.join(sorted(templates.languages))}"
    except (ConfigurationError, DeliveryFailed) as error:
        return [failed("mail", str(error))]
    return [ok("mail", found)]


def begun(settings: HubSettings) -> bool:
    """Whether a hub has its keys here: given, or made at its first start."""
    if settings.encryption_keys:
        return True
    file = embedded_file(settings)
    if file is None:
        return False
    return file.exists() or file.with_name(file.name + ".keys").exists()
