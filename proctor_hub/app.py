"""The only wiring room: settings in, a hub (and its web application) out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from proctor_hub.encryption_keys import keyring_of
from proctor_hub.errors import ConfigurationError
from proctor_hub.services.hub import Hub, Limits
from proctor_hub.services.keyring import Keyring
from proctor_hub.services.ports import Wake, nobody_waits
from proctor_hub.settings import HubSettings
from proctor_hub.storage import migrate
from proctor_hub.storage.engine import Database
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.observers import load_observers
from proctor_hub.vendors.registry import Registry, load_registry

VENDOR_TOKENS = "vendor tokens"
"""What the keys that mint vendor tokens are derived for."""


def utc_now() -> datetime:
    """The real clock, aware UTC."""
    return datetime.now(UTC)


def build_hub(
    settings: HubSettings, *, now: Callable[[], datetime] = utc_now, wake: Wake = nobody_waits
) -> Hub:
    """The parts every service works with; close ``hub.database`` when done.

    The embedded database is created and upgraded here; any other must be current already.

    :raises ConfigurationError: keys or database are not as they must be; says what to do.
    """
    keyring = keyring_of(settings)
    prepare_database(settings)
    limits = settings.limits.model_dump()
    return Hub(
        database=Database(settings.url, pool_size=settings.worker_threads),
        vendors=build_registry(settings, keyring, now),
        observers=load_observers(),
        keyring=keyring,
        now=now,
        public_url=settings.public_url,
        exam_url=settings.exam_url,
        wake=wake,
        limits=Limits(**limits),
    )


def build_registry(
    settings: HubSettings, keyring: Keyring, now: Callable[[], datetime] = utc_now
) -> Registry:
    """The configured vendor accounts; needs no database."""
    return load_registry(
        vendor_accounts(settings),
        public_url=settings.public_url,
        keys=keyring.derive(VENDOR_TOKENS),
        clock=now,
    )


def vendor_accounts(settings: HubSettings) -> list[VendorAccount]:
    """``[vendors.<slug>]`` of the configuration; ``plugin`` is by default the slug."""
    accounts = []
    for slug, given in settings.vendors.items():
        table = dict(given)
        plugin = str(table.pop("plugin", slug))
        accounts.append(VendorAccount(slug=slug, plugin_name=plugin, settings_table=table))
    return accounts


def schema_revision(settings: HubSettings) -> str | None:
    """The revision the database is at; None: nobody has made a schema. Creates no file."""
    if settings.embedded and not Path(sa.engine.make_url(settings.url).database or "").exists():
        return None
    return migrate.current(settings.url)


def prepare_database(settings: HubSettings) -> None:
    """Bring the embedded database to today's schema; see that any other has it.

    :raises ConfigurationError: a server's schema is not current.
    """
    revision, head = schema_revision(settings), migrate.head()
    if revision == head:
        return
    if not settings.embedded:
        raise ConfigurationError(
            f"The database's schema is at {revision or 'nothing'}, this version needs {head}: run "
            "`proctor-hub db upgrade` first."
        )
    migrate.upgrade(settings.url)
