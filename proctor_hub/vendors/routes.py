"""The callback paths of all vendor accounts, merged: one path may serve several accounts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from proctor_hub.errors import PluginRefused
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.receiving import AccountBy, CallbackRoute

POLL = "poll"
"""The route of what the host asked a vendor for; no plugin's route has this name."""

_PARAMETER = re.compile(r"\{[^}]*\}")


def shape_of(path: str) -> str:
    """The path with its parameters' names taken out: what a web server tells paths apart by."""
    return _PARAMETER.sub("{}", path)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteUse:
    """One account's use of a path: what it calls the route."""

    slug: str
    route: CallbackRoute


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedRoute:
    """One method and path, with the accounts that use it.

    :param account: how the host tells which account a call is for; the same for all of them.
    :param answers_browser: True where refusals and errors are pages, not JSON.
    """

    method: str
    path: str
    account: AccountBy
    answers_browser: bool
    uses: tuple[RouteUse, ...]

    def route_of(self, slug: str) -> CallbackRoute | None:
        """The account's own route here, None where it does not use the path."""
        return next((use.route for use in self.uses if use.slug == slug), None)


def merge_routes(vendors: Iterable[Vendor]) -> tuple[MergedRoute, ...]:
    """All callback routes by method and path, in the order the vendors name them.

    :raises proctor_hub.errors.PluginRefused: two accounts use one path in ways that cannot go
        together; names both.
    """
    merged: dict[tuple[str, str], MergedRoute] = {}
    for vendor in vendors:
        for route in vendor.routes:
            key = (route.method.upper(), shape_of(route.path))
            before = merged.get(key)
            if before is not None:
                _check_together(before, vendor, route)
            uses = () if before is None else before.uses
            merged[key] = MergedRoute(
                method=key[0],
                path=route.path,
                account=route.account,
                answers_browser=route.answers_browser,
                uses=(*uses, RouteUse(slug=vendor.slug, route=route)),
            )
    return tuple(merged.values())


def _check_together(before: MergedRoute, vendor: Vendor, route: CallbackRoute) -> None:
    for field in ("path", "account", "answers_browser"):
        old, new = getattr(before, field), getattr(route, field)
        if old != new:
            raise PluginRefused(
                f"{before.method} {route.path}: {before.uses[0].slug} and {vendor.slug} both use "
                f"this path, but differ in {field}: {old} and {new}"
            )
