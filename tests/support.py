"""A hub for tests: real database, fake vendor accounts, a clock that the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from typing import Any

from proctor_hub.domain.words import Role
from proctor_hub.jobs.catalogue import JOBS, Job
from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.services.breakers import Breakers
from proctor_hub.services.hub import Actor, Hub, Limits
from proctor_hub.services.keyring import Key, Keyring
from proctor_hub.services.ports import Wake, nobody_waits
from proctor_hub.storage.engine import Database
from proctor_hub.testing.fake_vendor import PLUGIN, FakeVendor, fake_entry_point, fake_of
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.observers import Observers
from proctor_hub.vendors.registry import Registry, load_registry

START = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LMS = Actor(role=Role.LMS, id="lms-client")
OPERATOR = Actor(role=Role.OPERATOR, id="operator-client")
KEYRING = Keyring([Key("test", b"k" * 32)])


class FakeClock:
    """A clock that stands still until it is moved; call it for the time."""

    def __init__(self, now: datetime = START) -> None:
        """``now``: aware UTC."""
        self.at = now

    def __call__(self) -> datetime:
        return self.at

    def move(self, **delta: float) -> datetime:
        """Move on by ``timedelta(**delta)``; return the new time."""
        self.at += timedelta(**delta)
        return self.at


def make_registry(
    vendors: Mapping[str, Mapping[str, Any]] | None = None,
    clock: Callable[[], datetime] | None = None,
    plugins: Iterable[EntryPoint] = (),
) -> Registry:
    """Fake vendor accounts: slug → settings of the fake plugin; by default ``acme`` alone.

    ``{"plugin": "other"}`` in the settings names another plugin: one of ``plugins``, else the
    account is broken.
    """
    accounts = []
    for slug, table in ({"acme": {}} if vendors is None else vendors).items():
        settings = dict(table)
        plugin = settings.pop("plugin", PLUGIN)
        accounts.append(VendorAccount(slug=slug, plugin_name=plugin, settings_table=settings))
    return load_registry(
        accounts,
        public_url="https://hub.example",
        keys=KEYRING.derive("vendor tokens"),
        clock=clock or FakeClock(),
        entry_points=[fake_entry_point(), *plugins],
    )


def plugin_of(name: str, plugin: type[FakeVendor]) -> EntryPoint:
    """A variant of the fake vendor, defined at the top of a test module, as an installed plugin."""
    point = fake_entry_point(name)
    value = f"{plugin.__module__}:{plugin.__qualname__}"
    return EntryPoint(name, value, point.group)


def make_hub(
    database_url: str,
    *,
    vendors: Mapping[str, Mapping[str, Any]] | None = None,
    clock: FakeClock | None = None,
    plugins: Iterable[EntryPoint] = (),
    wake: Wake = nobody_waits,
    limits: Limits | None = None,
    jobs: Mapping[str, Job] = JOBS,
) -> Hub:
    """A hub on a migrated database. Close ``hub.database`` when done, or use :func:`a_hub`."""
    clock = clock or FakeClock()
    database = Database(database_url)
    return Hub(
        database=database,
        breakers=Breakers(database, clock, jitter=lambda: 0.0),
        vendors=make_registry(vendors, clock, plugins),
        observers=Observers(),
        keyring=KEYRING,
        now=clock,
        public_url="https://hub.example",
        wake=wake,
        jobs=JobQueue(database, jobs),
        limits=limits or Limits(),
    )


@contextmanager
def a_hub(
    database_url: str, *, parts: Mapping[str, Any] | None = None, **options: Any
) -> Iterator[Hub]:
    """:func:`make_hub`, closed afterwards. :param parts: of the hub, in place of the usual ones."""
    hub = replace(make_hub(database_url, **options), **(parts or {}))
    try:
        yield hub
    finally:
        hub.database.close()


def fake_vendor(hub: Hub, slug: str = "acme") -> FakeVendor:
    """The plugin behind an account, to see what it was told and to steer it."""
    return fake_of(hub.vendors.get(slug))
