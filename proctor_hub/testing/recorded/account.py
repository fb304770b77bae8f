"""One vendor account as recordings need it: loaded, listened to, its own values known by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import Any
from urllib.parse import urlsplit

from proctor_hub.testing.recorded.names import Names
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.listening import ListeningHttp
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.making import validated
from proctor_hub.vendors.registry import load_registry
from proctor_hub.vendors.settings_texts import texts_in

_LEAST = 3
_KEY = b"recordings are made with a key of their own"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAccount:
    """A loaded account. :param secrets: key → value of the settings' secrets."""

    vendor: Vendor
    http: ListeningHttp
    names: Names
    secrets: Mapping[str, str]
    public_url: str


def load_account(
    slug: str,
    plugin: str,
    table: Mapping[str, Any],
    *,
    public_url: str,
    clock: Callable[[], datetime],
    entry_points: list[EntryPoint] | None = None,
) -> RecordedAccount:
    """The account, loaded by the host's own loader.

    The hub's tokens are made with a key of their own: none that holds anywhere is ever recorded.

    :raises proctor_hub.errors.PluginError: it cannot be used.
    """
    http = ListeningHttp(BoundedHttpClient(), clock)
    registry = load_registry(
        [VendorAccount(slug=slug, plugin_name=plugin, settings_table=table)],
        public_url=public_url,
        keys=(_KEY,),
        clock=clock,
        entry_points=entry_points,
        http_factory=lambda _: http,
    )
    vendor = registry.get(slug)
    settings = validated(type(vendor.implementation), table, f"[vendors.{slug}]")
    names = Names()
    texts = list(texts_in(settings))
    secrets = {one.key: one.text for one in texts if one.secret and one.text}
    for key, value in secrets.items():
        names.learn(f"secret.{key}", value)
    for one in texts:
        if not (one.secret or one.usual) and len(one.text) >= _LEAST and "://" not in one.text:
            names.learn(f"settings.{one.key}", one.text, alone=True)
    names.learn("account", slug, alone=True)
    names.learn("hub", public_url)
    names.learn("hub.host", urlsplit(public_url).netloc)
    for number, (scheme, host, port) in enumerate(http.origins, start=1):
        _learn_origin(names, "vendor" if number == 1 else f"vendor.{number}", scheme, host, port)
    return RecordedAccount(
        vendor=vendor, http=http, names=names, secrets=secrets, public_url=public_url
    )


def _learn_origin(names: Names, name: str, scheme: str, host: str, port: int) -> None:
    """With and without the port, where it is the scheme's own."""
    hosts = [f"{host}:{port}"]
    if port == {"http": 80, "https": 443}[scheme]:
        hosts.insert(0, host)
    for one in hosts:
        names.learn(name, f"{scheme}://{one}")
        names.learn(f"{name}.host", one)
