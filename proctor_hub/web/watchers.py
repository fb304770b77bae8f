"""Who may see how the hub is in detail: a scraper with the token, or somebody on this machine."""

from __future__ import annotations

import hmac
from ipaddress import ip_address

from starlette.requests import HTTPConnection

from proctor_hub.web.context import source_address, token_in, web_settings


def may_watch(request: HTTPConnection) -> bool:
    """Whether the caller may read metrics and the details of findings."""
    settings = web_settings(request)
    if settings.metrics_token is not None:
        wanted = settings.metrics_token.get_secret_value().encode()
        return hmac.compare_digest((token_in(request) or "").encode(), wanted)
    try:
        address = ip_address(source_address(request))
    except ValueError:
        return False
    if any(address in network for network in settings.metrics_networks):
        return True
    return address.is_loopback and not _came_through_a_proxy(request)


def _came_through_a_proxy(request: HTTPConnection) -> bool:
    """A proxy on this machine that nobody named: then everybody seems to be on this machine."""
    return any(name in request.headers for name in ("x-forwarded-for", "forwarded", "via"))
