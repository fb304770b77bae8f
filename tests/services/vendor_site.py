"""A vendor and a hub on one port of loopback, as a test wants them, and the account to check."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from proctor_hub import (
    Dashboard,
    DashboardEmbed,
    DashboardRequest,
    Health,
    RulesCatalog,
    hookimpl,
    raise_for_status,
)
from proctor_hub.services.callbacks import probe
from proctor_hub.services.diagnosis import Check, CheckState
from proctor_hub.services.keyring import Keyring
from proctor_hub.services.vendor_check import CheckedAccount, check_account
from proctor_hub.testing.fake_vendor import FakeSettings, FakeVendor, fake_of
from proctor_hub.vendors.http import BoundedHttpClient, HttpLimits
from proctor_hub.vendors.listening import ListeningHttp
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.registry import load_registry
from tests.support import KEYRING, plugin_of

KEY = "a-key-of-the-account"
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Calling(FakeVendor):
    """Asks its vendor over HTTP. ``dashboard`` and ``labels``: what tests change."""

    dashboard: Dashboard | None = None
    labels: dict[str, str] | None = None
    waits: threading.Event | None = None

    @hookimpl
    def health_check(self) -> Health:
        """By a call with the key."""
        if self.waits is not None:
            self.waits.wait(30)
        headers = {"Authorization": self.settings.api_key.get_secret_value()}
        reply = self.host.http.request("GET", f"{self.settings.base_url}/me", headers=headers)
        raise_for_status(reply)
        return Health(ok=bool(reply.json()["ok"]))

    @hookimpl
    def rules_catalog(self, language: str) -> RulesCatalog:
        """The test's, or two."""
        return RulesCatalog(labels=self.labels if self.labels is not None else {"a": "A"})

    @hookimpl
    def render_dashboard(self, request: DashboardRequest) -> Dashboard:
        """The test's, or a signed link."""
        if self.dashboard is not None:
            return self.dashboard
        token = self.host.token("dashboard", request.course_id)
        expires_at = self.host.now() + timedelta(minutes=1)
        return DashboardEmbed(url=f"https://acme.example/?token={token}", expires_at=expires_at)


@dataclass
class Site:
    """A vendor and a hub on one port of loopback. ``headers``: of each answer besides."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: dict[str, str] = field(default_factory=dict)
    hub_keys: Keyring | None = KEYRING
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, call: BaseHTTPRequestHandler) -> tuple[int, dict[str, str], bytes]:
        """The answer to one call."""
        if not call.path.startswith("/callbacks/"):
            return self.status, self.headers, self.body
        question = call.headers.get(probe.HEADER, "")
        said = probe.answer(self.hub_keys, question, NOW) if self.hub_keys else None
        return (401, self.headers, b"") if said is None else (204, {probe.HEADER: said}, b"")


@contextmanager
def a_vendor_site() -> Iterator[Site]:
    """One that answers while the block runs."""
    made = Site()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.seen.append((self.command, self.path, dict(self.headers), body))
            status, headers, text = made.answer(self)
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_POST = do_HEAD = _any

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


def checked(site: Site, *, more: dict[str, Any] | None = None, **settings: Any) -> CheckedAccount:
    """The account of the vendor at ``site``. :param more: of the account itself."""
    table = {"base_url": site.url, "api_key": KEY} | settings
    http = ListeningHttp(BoundedHttpClient(limits=HttpLimits(total=5)), lambda: NOW)
    registry = load_registry(
        [VendorAccount(slug="acme", plugin_name="acme", settings_table=table)],
        public_url=site.url,
        keys=KEYRING.derive("vendor tokens"),
        clock=lambda: NOW,
        entry_points=[plugin_of("acme", Calling)],
        http_factory=lambda _: http,
    )
    given: dict[str, Any] = {
        "vendor": registry.get("acme"),
        "http": http,
        "settings": FakeSettings.model_validate(table),
        "public_url": site.url,
        "keyring": KEYRING,
        "callers": ("vendor-1",),
        "now": lambda: NOW,
        "learner_seconds": 8.0,
    }
    return CheckedAccount(**given | (more or {}))


def found(given: CheckedAccount) -> dict[str, Check]:
    checks = check_account(given)
    by_name = {one.name: one for one in checks}
    assert len(by_name) == len(checks), "names are stable keys, each there once"
    return by_name


def plugin_in(given: CheckedAccount) -> Calling:
    plugin = fake_of(given.vendor)
    assert isinstance(plugin, Calling)
    return plugin


def states(checks: dict[str, Check], state: CheckState) -> set[str]:
    return {name for name, one in checks.items() if one.state is state}
