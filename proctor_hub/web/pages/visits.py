"""Who looks at a page: the cookie's sign-in, the language, whether another site frames it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.responses import Response
from starlette.routing import Match

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import Role
from proctor_hub.services.access import sign_ins
from proctor_hub.services.access.sign_ins import SignIn
from proctor_hub.services.access.standing import standing
from proctor_hub.services.errors import ServiceError
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.web.context import WebSettings, the_hub, web_settings
from proctor_hub.web.foreign_ids import path_sent, whole
from proctor_hub.web.pages import speech
from proctor_hub.web.pages.speech import Speech


class SignedOut(ServiceError):
    """Nobody is signed in here, or not any more."""

    code = "signed_out"
    status = 401


@dataclass(frozen=True)
class Look:
    """One request for a page, by whomever."""

    request: Request
    hub: Hub
    settings: WebSettings
    sign_in: SignIn | None

    @cached_property
    def speech(self) -> Speech:
        """The language: chosen here, the person's, the browser's, the site's; in this order."""
        wanted = [self.sign_in.language] if self.sign_in and self.sign_in.language else []
        wanted += [self.request.headers.get("accept-language", "")[:200]]
        return speech.choose([*wanted, self.settings.page_language])

    @property
    def framed(self) -> bool:
        """Whether the browser says that it shows this in a frame."""
        return self.request.headers.get("sec-fetch-dest") in ("iframe", "frame")

    @property
    def path(self) -> str:
        """The path of this request, as links are made."""
        return path_sent(self.request.scope)

    @property
    def here(self) -> str:
        """The path, with its query, that leads back to this page: of the answer to a form, that of
        the page with the form."""
        if self.request.method == "GET":
            query = self.request.url.query
            return f"{self.path}?{query}" if query else self.path
        hub = urlsplit(self.hub.public_url)
        ours = f"{hub.scheme}://{hub.netloc}/"
        came_from = self.request.headers.get("referer", "")
        if not came_from.startswith(ours):
            return "/"
        back = "/" + came_from.removeprefix(ours)
        # That may have been the answer to a form itself.
        path = whole(back.partition("?")[0].encode("latin-1", "replace"))
        asked = {"type": "http", "method": "GET", "path": path}
        found = (one.matches({**asked, "root_path": ""})[0] for one in self.request.app.routes)
        return back if Match.FULL in found else "/"

    @property
    def partial(self) -> bool:
        """Whether a script of the page asks for a part of it."""
        return self.request.headers.get("hx-request") == "true"

    def say(self, text: str, **values: object) -> str:
        """A text in the language of this look."""
        return self.speech.say(text, **values)

    @cached_property
    def standing(self) -> frozenset[Role]:
        """Every role of the person, in any course, within what they signed in for."""
        if self.sign_in is None:
            return frozenset()
        return standing(self.hub, self.sign_in.actor)


@dataclass(frozen=True)
class Visit(Look):
    """A request for a page by somebody who is signed in."""

    sign_in: SignIn

    @property
    def actor(self) -> Actor:
        """Who acts, as services are told."""
        return self.sign_in.actor


def look(request: Request) -> Look:
    """The request, whether anybody is signed in or not."""
    hub = the_hub(request)
    secret = request.cookies.get(cookie_name(hub), "")
    found = sign_ins.find(hub, secret) if secret else None
    return Look(request=request, hub=hub, settings=web_settings(request), sign_in=found)


def visit(seen: Annotated[Look, Depends(look)]) -> Visit:
    """The request of a person.

    :raises SignedOut: nobody is signed in.
    """
    if seen.sign_in is None:
        raise SignedOut(
            noted(
                "You are not signed in here, or not any more. Open this page from your course "
                "again."
            )
        )
    return Visit(request=seen.request, hub=seen.hub, settings=seen.settings, sign_in=seen.sign_in)


def is_secure(hub: Hub) -> bool:
    """Whether browsers reach the hub over TLS."""
    return urlsplit(hub.public_url).scheme == "https"


def cookie_name(hub: Hub) -> str:
    """With TLS browsers themselves hold a name of this form to host, path and ``Secure``."""
    return "__Host-proctor_hub" if is_secure(hub) else "proctor_hub"


def set_cookie(hub: Hub, response: Response, secret: str) -> None:
    """Give the browser its sign-in, until it is closed.

    With TLS the cookie works in an LMS's frame without being a third-party cookie: it is kept apart
    for each site that frames the hub (``Partitioned``). Without TLS browsers allow no such thing,
    and a frame of another site opens itself in a new tab.
    """
    rest = _rest(hub)
    response.headers.append("Set-Cookie", f"{cookie_name(hub)}={secret}; Path=/; HttpOnly{rest}")


def drop_cookie(hub: Hub, response: Response) -> None:
    """Have the browser forget its sign-in."""
    rest = _rest(hub)
    response.headers.append("Set-Cookie", f"{cookie_name(hub)}=; Path=/; Max-Age=0; HttpOnly{rest}")


def _rest(hub: Hub) -> str:
    return "; Secure; SameSite=None; Partitioned" if is_secure(hub) else "; SameSite=Lax"


TheLook = Annotated[Look, Depends(look)]
TheVisit = Annotated[Visit, Depends(visit)]
