"""``proctor-hub vendors``: what is installed, what is configured, and why something is not."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from pydantic import SecretStr

from proctor_hub.app import build_registry
from proctor_hub.cli.output import AsJson, as_object, print_json, print_table
from proctor_hub.cli.vendor_rows import table_rows
from proctor_hub.encryption_keys import new_key
from proctor_hub.services.vendor_health import check_health
from proctor_hub.services.vendor_report import VendorLine, secret_urls, vendor_lines
from proctor_hub.settings import HubSettings
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.registry import Registry

_COLUMNS = (
    "slug",
    "name",
    "plugin",
    "distribution",
    "configured",
    "capabilities",
    "hooks",
    "quality",
    "health",
)


def vendors(
    as_json: AsJson = False,
    health: Annotated[
        bool,
        typer.Option("--health/--no-health", help="Ask each configured vendor how it is, or not."),
    ] = True,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Also the callback addresses that hold a token.")
    ] = False,
) -> None:
    """Installed vendor plugins and configured accounts; needs no database."""
    settings = HubSettings.load()
    registry = build_registry(settings if secrets else without_keys(settings))
    rows = vendor_lines(registry, settings.public_url)
    asked = check_health(registry.vendors.values()) if health else {}
    urls = secret_urls(registry.vendors.values()) if secrets else {}
    if as_json:
        print_json([_object(row, asked, urls) for row in rows])
        return
    print_table(_COLUMNS, table_rows(rows, asked))
    _print_callbacks(rows, urls)
    _print_deprecations(rows)
    _print_hint(registry)


def without_keys(settings: HubSettings) -> HubSettings:
    """With a key of its own: no token is shown, so none needs the hub's keys, or makes them."""
    return settings.model_copy(update={"encryption_keys": (SecretStr(new_key("unused")),)})


def _object(
    row: VendorLine, asked: dict[str, Health], urls: dict[str, dict[str, str]]
) -> dict[str, Any]:
    told: dict[str, Any] = as_object(row)
    told["health"] = asked.get(row.slug or "")
    if urls:
        told["secret_callback_urls"] = urls.get(row.slug or "", {})
    return told


def _print_callbacks(rows: list[VendorLine], urls: dict[str, dict[str, str]]) -> None:
    called = [
        (row.slug, name, call["method"], urls.get(row.slug or "", {}).get(name, call["url"]))
        for row in rows
        for name, call in row.callbacks.items()
    ]
    if called:
        print_table(("slug", "callback", "method", "address the vendor calls"), called)


def _print_deprecations(rows: list[VendorLine]) -> None:
    told = {(row.plugin, one): None for row in rows for one in row.deprecations}
    if told:
        print_table(("plugin", "uses what will go; its next version should not"), list(told))


def _print_hint(registry: Registry) -> None:
    if not registry.installed:
        typer.echo("No vendor plugin is installed.", err=True)
