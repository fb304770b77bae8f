"""One vendor account as recordings need it: loaded, listened to, its own values known by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr

from proctor_hub.testing.recorded.names import Names
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.listening import ListeningHttp
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.making import validated
from proctor_hub.vendors.registry import load_registry

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
    secrets = {key: value for key, value, secret in _texts(settings) if secret and value}
    for key, value in secrets.items():
        names.learn(f"secret.{key}", value)
    for key, value, secret in _texts(settings):
        if not secret and len(value) >= _LEAST and "://" not in value:
            names.learn(f"settings.{key}", value, alone=True)
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


def _texts(settings: BaseModel, path: str = "") -> Iterator[tuple[str, str, bool]]:
    """Key, text, and whether it is a secret; nested tables too, defaults left out."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, BaseModel):
            yield from _texts(value, f"{path}{name}.")
        elif isinstance(value, SecretStr):
            yield f"{path}{name}", value.get_secret_value(), True
        elif isinstance(value, str) and value != field.default:
            yield f"{path}{name}", value, False
