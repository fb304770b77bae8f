"""The only wiring room: settings in, hub and web application out."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
import structlog
from fastapi import FastAPI

from proctor_hub.encryption_keys import keyring_of
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.catalogue import JOBS, Job
from proctor_hub.jobs.crew import Crew
from proctor_hub.jobs.delivery import Deliver, Patience
from proctor_hub.jobs.endpoints import ways
from proctor_hub.jobs.mail.compose import Mailbox
from proctor_hub.jobs.mail.connection import MailServer
from proctor_hub.jobs.mail.mailer import Mailer, Site
from proctor_hub.jobs.mail.sender import SmtpSender
from proctor_hub.jobs.mail.templates import Templates
from proctor_hub.jobs.membership import Membership
from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.jobs.relay import Relay
from proctor_hub.jobs.webhook import BUILTIN
from proctor_hub.report_place import report_files_of
from proctor_hub.services.addresses import host_literal, named
from proctor_hub.services.breakers import AccountWatch, Breakers
from proctor_hub.services.hub import Hub, Limits
from proctor_hub.services.ports import Wake
from proctor_hub.services.transitions import MAIL, vendor_destination
from proctor_hub.settings import HubSettings, config_file
from proctor_hub.settings_view import setting_lines
from proctor_hub.storage import migrate
from proctor_hub.storage.engine import Database
from proctor_hub.storage.schema import Standing
from proctor_hub.transports.loader import Endpoints, load_endpoints
from proctor_hub.transports.routing import Routing
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.observers import load_observers
from proctor_hub.vendors.registry import HttpFactory, Registry, load_registry
from proctor_hub.web.application import application, watch_application
from proctor_hub.web.context import WebSettings

VENDOR_TOKENS = "vendor tokens"
"""The purpose of the keys that make vendor accounts' tokens."""


def utc_now() -> datetime:
    """The clock of a running hub."""
    return datetime.now(UTC)


class Bell:
    """The ``Wake`` port of a hub whose relay is built after it."""

    def __init__(self) -> None:
        """Nobody waits at first."""
        self._waiting: list[Wake] = []

    def __call__(self, *destinations: str) -> None:
        """Wake whoever waits for these destinations; without any, everybody."""
        for wake in self._waiting:
            wake(*destinations)

    def connect(self, wake: Wake) -> None:
        """Have ``wake`` called, too."""
        self._waiting.append(wake)


def prepare_database(settings: HubSettings) -> None:
    """Bring the embedded database to today's schema; check that the other kind is there already.

    :raises ConfigurationError: PostgreSQL cannot be reached, or its schema is older; the schema of
        either is one that this version can no longer work with.
    """
    if settings.embedded:
        keyring_of(settings)  # made before the database is, so that a lost one is noticed
    with nullcontext() if settings.embedded else database_answers():
        standing, found = migrate.standing(settings.url)
    if settings.embedded and standing in (Standing.OLDER, Standing.CURRENT):
        migrate.upgrade(settings.url)
        return
    if standing is Standing.OLDER:
        raise ConfigurationError(
            f"The database's schema is at {found or 'nothing'} and must be at {migrate.head()}: "
            "run `proctor-hub db upgrade`."
        )
    if standing is Standing.TOO_NEW:
        raise ConfigurationError(
            f"The database's schema is at {found}, which this version (at {migrate.head()}) can no "
            "longer work with: install the newer version of proctor-hub here, too."
        )
    if standing is Standing.NEWER:
        structlog.get_logger("proctor_hub.schema").warning(
            "schema_is_newer", found=found, known=migrate.head()
        )


@contextmanager
def database_answers() -> Iterator[None]:
    """Around the first words with a database: silence is told as a broken configuration.

    :raises ConfigurationError: the block could not connect.
    """
    try:
        yield
    except sa.exc.OperationalError:
        raise ConfigurationError(
            f"{config_file()} or PROCTOR_HUB_DATABASE_URL: database_url: the database does not "
            "answer; check the URL and that the server runs."
        ) from None


def build_registry(
    settings: HubSettings,
    *,
    now: Callable[[], datetime] = utc_now,
    entry_points: Iterable[EntryPoint] | None = None,
    http_factory: HttpFactory | None = None,
) -> Registry:
    """The vendor accounts of the configuration; needs keys, but no database."""
    return load_registry(
        [account_of(slug, table) for slug, table in settings.vendors.items()],
        public_url=settings.public_url,
        keys=keyring_of(settings).derive(VENDOR_TOKENS),
        clock=now,
        entry_points=entry_points,
        http_factory=http_factory,
    )


def build_endpoints(
    settings: HubSettings,
    *,
    now: Callable[[], datetime] = utc_now,
    entry_points: Iterable[EntryPoint] | None = None,
) -> Endpoints:
    """The LMS endpoints of the configuration; broken ones among them."""
    return load_endpoints(
        settings.lms.configs(), clock=now, builtin=[BUILTIN], entry_points=entry_points
    )


def build_hub(
    settings: HubSettings,
    *,
    now: Callable[[], datetime] = utc_now,
    wake: Wake | None = None,
    entry_points: Iterable[EntryPoint] | None = None,
    http_factory: HttpFactory | None = None,
) -> Hub:
    """A hub on a prepared database. Close ``hub.database`` when done.

    :raises ConfigurationError: keys, vendors or database cannot be used.
    """
    database = Database(
        settings.url,
        pool_size=settings.database_connections,
        # Whoever is silent for so long has lost its work; then it shall not hold others up.
        idle_seconds=2 * settings.jobs.lease_seconds,
    )
    breakers = Breakers(database, now)

    def watched(account: VendorAccount) -> BoundedHttpClient:
        name = vendor_destination(account.slug)
        return BoundedHttpClient(watch=AccountWatch(breakers, name, settings.delivery.vendor_calls))

    registry = build_registry(
        settings, now=now, entry_points=entry_points, http_factory=http_factory or watched
    )
    limits = settings.limits.model_dump()
    limits["job_days"] = settings.jobs.days
    limits["lease_seconds"] = settings.jobs.lease_seconds
    limits["report_days"] = settings.reports.days
    return Hub(
        database=database,
        breakers=breakers,
        vendors=registry,
        observers=load_observers(),
        keyring=keyring_of(settings),
        now=now,
        public_url=settings.public_url,
        exam_url=settings.exam_url,
        wake=wake or Bell(),
        jobs=JobQueue(database),
        endpoints=Routing(settings.lms.routes()),
        mails=bool(settings.mail.host),
        report_files=report_files_of(settings),
        limits=Limits(**limits, delivery_days=settings.delivery.days),
    )


def mail_parts(settings: HubSettings) -> tuple[SmtpSender, Templates, Site] | None:
    """What e-mails are sent with; needs no database. None where no mail server is configured.

    :raises ConfigurationError: a template, a catalogue or ``ca_file`` cannot be used.
    """
    mail = settings.mail
    if not mail.host:
        return None
    name, address = named(mail.sender)
    server = MailServer(
        host=mail.host,
        port=mail.port,
        security=mail.security,
        username=mail.username,
        password=mail.password,
        ca_file=mail.ca_file,
        hello=host_literal(urlsplit(settings.public_url).hostname or "localhost"),
        connect=mail.connect_seconds,
        read=mail.read_seconds,
        total=mail.total_seconds,
    )
    site = Site(
        sender=Mailbox(address=address, name=name),
        may_send_as=frozenset(mail.may_send_as),
        contact=mail.contact,
        language=mail.language,
    )
    return SmtpSender(server), Templates(mail.templates), site


def build_mailer(settings: HubSettings, hub: Hub) -> Mailer | None:
    """The way to learners; None where no mail server is configured. Close it when done.

    :raises ConfigurationError: as :func:`mail_parts`.
    """
    parts = mail_parts(settings)
    return None if parts is None else Mailer(hub, *parts)


def build_crew(settings: HubSettings, hub: Hub, jobs: Mapping[str, Job] = JOBS) -> Crew:
    """All that works in this process besides answering; not begun yet.

    :raises ConfigurationError: what e-mails are sent with cannot be used.
    """
    endpoints = build_endpoints(settings, now=hub.now)
    for broken in endpoints.broken.values():
        structlog.get_logger("proctor_hub.endpoints").error("endpoint_broken", reason=str(broken))
    to: dict[str, Deliver] = dict(ways(endpoints))
    mailer = build_mailer(settings, hub)
    if mailer is not None:
        to[MAIL] = mailer.deliver
        atexit.register(mailer.close)  # says good-bye to the mail server
    patience = Patience(max_tries=settings.delivery.max_tries, streams=settings.delivery.streams)
    membership = Membership(hub.database, lease_seconds=settings.jobs.lease_seconds)
    relay = Relay(hub, to, claimed=lambda: membership.claimed, patience=patience)
    if isinstance(hub.wake, Bell):
        hub.wake.connect(relay.wake)
    return Crew(
        hub,
        membership,
        relay,
        drain_seconds=settings.jobs.drain_seconds,
        jobs=jobs,
    )


def create_app(
    settings: HubSettings,
    *,
    hub: Hub | None = None,
    running: Callable[[], AbstractContextManager[Any]] = nullcontext,
    **options: Any,
) -> FastAPI:
    """The application that ``proctor-hub serve`` serves.

    :param hub: instead of one built here; then it is the caller's to close.
    :param running: entered at start-up, left at shutdown: what works in this process besides.
    """
    own = hub or build_hub(settings, **options)

    @contextmanager
    def whole() -> Iterator[None]:
        try:
            with running():
                yield
        finally:
            if hub is None:
                own.database.close()

    web = web_settings(settings)
    return application(
        own,
        web=web,
        threads=settings.worker_threads,
        callback_threads=settings.callback_threads,
        running=whole,
    )


def create_watch_app(settings: HubSettings, hub: Hub) -> FastAPI:
    """Health, readiness and metrics alone, of a process that serves nothing else."""
    return watch_application(hub, web=web_settings(settings))


def web_settings(settings: HubSettings) -> WebSettings:
    """What the web floor needs to know of the configuration."""
    return WebSettings(
        trusted_proxies=settings.trusted_proxies,
        access_token_seconds=settings.access_token_seconds,
        endpoints=tuple(one.destination for one in settings.lms.configs()),
        lag_seconds=settings.delivery.lag_seconds,
        metrics_token=settings.metrics.token,
        metrics_networks=settings.metrics.networks,
        page_language=settings.pages.language,
        content_url=settings.pages.content_url,
        contact=settings.mail.contact,
        frames=settings.pages.frames,
        shown=setting_lines(settings),
    )


def account_of(slug: str, table: Mapping[str, Any]) -> VendorAccount:
    """A table ``[vendors.<slug>]`` of the configuration as the loader takes it."""
    rest = dict(table)
    plugin = rest.pop("plugin", slug)
    return VendorAccount(slug=slug, plugin_name=str(plugin), settings_table=rest)
