"""What every endpoint gets: the hub, and who calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Annotated

from fastapi import Depends, Request
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.tokens import Caller, caller_of
from proctor_hub.services.errors import Forbidden, ServiceError
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.transitions import LMS

Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingLine:
    """One setting for operators' eyes.

    :param name: the path of its key. :param value: as people read it; of a secret only ``set``, or
        empty. :param source: the environment variable or the file; empty: the default.
    """

    name: str
    value: str
    source: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """What only the web floor needs to know.

    :param trusted_proxies: networks whose ``X-Forwarded-For`` is believed.
    :param endpoints: the destinations of the configured LMS endpoints.
    :param lag_seconds: how long something may be due before the hub is not ready.
    :param page_language: of pages, where neither person nor browser asks for one there is.
    :param content_url: where the LMS shows the questions, for the frame in the exam page.
    :param contact: the site's own address for learners' questions; may be empty.
    :param frames: pattern of course ids → origins whose pages may frame the hub's.
    :param shown: every setting, for operators; secrets left out.
    :param metrics_token: opens ``/metrics``. :param metrics_networks: without one, these do.
    """

    trusted_proxies: Sequence[Network] = ()
    access_token_seconds: int = 3600
    endpoints: Sequence[str] = (LMS,)
    lag_seconds: float = 900.0
    metrics_token: SecretStr | None = None
    metrics_networks: Sequence[Network] = ()
    page_language: str = "en"
    content_url: str = ""
    contact: str = ""
    frames: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shown: Sequence[SettingLine] = ()


class Unauthorized(ServiceError):
    """No token, or one that does not hold."""

    code = "unauthorized"
    status = 401


def the_hub(request: HTTPConnection) -> Hub:
    """The hub this application was made for."""
    hub: Hub = request.app.state.hub
    return hub


def web_settings(request: HTTPConnection) -> WebSettings:
    """The web floor's settings."""
    settings: WebSettings = request.app.state.web
    return settings


def token_in(request: HTTPConnection) -> str | None:
    """The token of the ``Authorization`` header; ``Bearer`` and ``JWT`` are both the word."""
    word, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() or None if word.lower() in ("bearer", "jwt") else None


def caller(request: Request, hub: Annotated[Hub, Depends(the_hub)]) -> Caller:
    """Who calls ``/api/v1``: an LMS or operator client, or a person.

    :raises Unauthorized: nobody we know. :raises Forbidden: a vendor; its tokens are for callbacks.
    """
    token = token_in(request)
    found = None if token is None else caller_of(hub, token)
    if found is None:
        raise Unauthorized(
            "Send Authorization: Bearer <token>, with a token of /oauth2/access_token or "
            "/api/v1/person-tokens that has not expired."
        )
    if found.client.kind is ClientKind.VENDOR:
        raise Forbidden("A vendor's token opens the vendor's callbacks only.", code="vendor_token")
    return found


def actor(found: Annotated[Caller, Depends(caller)]) -> Actor:
    """Who acts, as services are told."""
    return found.actor


def source_address(request: HTTPConnection) -> str:
    """Where the call came from: the first address, from the right, that is no trusted proxy."""
    proxies = web_settings(request).trusted_proxies
    chain = [request.client.host if request.client else ""]
    for header in request.headers.getlist("x-forwarded-for"):
        chain[1:1] = [part.strip() for part in reversed(header.split(","))]
    for number, text in enumerate(chain):
        address = _address(text)
        if address is None:
            return chain[max(number - 1, 0)]
        if not any(address in network for network in proxies):
            return str(address)
    return chain[-1]


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


TheHub = Annotated[Hub, Depends(the_hub)]
TheCaller = Annotated[Caller, Depends(caller)]
TheActor = Annotated[Actor, Depends(actor)]
Source = Annotated[str, Depends(source_address)]
