"""Routes of pages: whatever is refused becomes a page, or a notice in the page that asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from proctor_hub.domain.errors import DomainError, NotEntitled, TrackNotEligible
from proctor_hub.domain.told import sentence_of
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.errors import Invalid, ServiceError
from proctor_hub.web.context import the_hub, web_settings
from proctor_hub.web.pages.forms import origin_of
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import Look, look
from proctor_hub.web.problems import of_http

TITLES = {
    401: noted("You are not signed in"),
    403: noted("This is not for you"),
    404: noted("There is no such page"),
    405: noted("This address shows no page by itself"),
    409: noted("That is not possible now"),
    410: noted("This is over"),
    422: noted("Something in it is not right"),
    502: noted("The vendor refused"),
    503: noted("Not just now"),
}
_UNACCEPTABLE = noted("cannot be accepted")
_ASTRAY = {
    404: noted("The address leads nowhere; it may be mistyped, or out of date."),
    405: noted("It only takes what a form sends. Go back to the form, or to the first page."),
}
_NO_DATABASE = noted("The hub's database does not answer just now; nothing was changed. Try again.")
_REFUSALS = (
    DomainError,
    ServiceError,
    VendorError,
    PluginError,
    RequestValidationError,
    sa.exc.OperationalError,
)

POLLING_ENDS = 286
"""htmx's status for an answer after which it asks no more."""
_FOR_GOOD = (401, 403, 404)
"""Refusals that asking again does not change: not signed in, or not this person's."""

WRITTEN = ("reason", "learners", "policy_exception", "custom_rules")
"""Fields of the pages' forms that people write more into than a word."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route whose refusals are for people."""

    def get_route_handler(self) -> Handler:
        """The handler, with every refusal made a page."""
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except _REFUSALS as error:
                return await run_in_threadpool(refusal, request, error, await _written(request))

        return handled


def page_router() -> APIRouter:
    """A router for pages; none of its routes is part of the API's description."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def refusal(request: Request, error: Exception, written: Sequence[str] = ()) -> Response:
    """What a person sees of a refusal: what was wrong, what to do, and what they wrote."""
    status, detail, fields = _of(error)
    return refusal_page(request, status, detail, fields, written)


def refusal_page(
    request: Request,
    status: int,
    detail: str,
    fields: dict[str, str] | None = None,
    written: Sequence[str] = (),
    title: str | None = None,
) -> Response:
    """A page that says what was refused and why; for a script, a notice in the page that asked.

    A script that asks again and again is told to stop where asking is of no use.

    :param title: None: the status's own. One who gives it says in ``detail`` what to do.
    """
    values: dict[str, Any] = {
        "detail": detail,
        "fields": fields or {},
        "again": title is None and status in (409, 422, 502, 503),
        "written": written,
    }
    try:
        seen = look(request)
    except sa.exc.OperationalError:
        # Who looks is not known either; the page goes without.
        seen = Look(
            request=request, hub=the_hub(request), settings=web_settings(request), sign_in=None
        )
    values["title"] = seen.say(title or TITLES.get(status, HTTPStatus(status).phrase))
    if seen.partial:
        # In place of what asked: that would say still that it goes on by itself.
        headers = {"HX-Retarget": "this", "HX-Reswap": "innerHTML"}
        told = POLLING_ENDS if status in _FOR_GOOD else status
        return page(seen, "parts/refusal.html", plain=True, status=told, headers=headers, **values)
    return page(seen, "refusal.html", plain=True, status=status, **values)


async def _written(request: Request) -> list[str]:
    """What somebody wrote into a form of ours that was refused, so that it is not lost."""
    ours = origin_of(the_hub(request).public_url)
    if request.method != "POST" or request.headers.get("origin") != ours:
        return []
    form = await request.form()
    return [value for name in WRITTEN if isinstance(value := form.get(name), str) and value.strip()]


def _of(error: Exception) -> tuple[int, str, dict[str, str]]:
    if isinstance(error, ServiceError):
        fields = error.fields if isinstance(error, Invalid) else {}
        return error.status, sentence_of(error), fields
    if isinstance(error, DomainError):
        entitled = not isinstance(error, NotEntitled | TrackNotEligible)
        return 409 if entitled else 403, sentence_of(error), {}
    if isinstance(error, VendorError | PluginError):
        return 503 if error.retryable else 502, sentence_of(error), {}
    if isinstance(error, RequestValidationError):
        places = {str(one["loc"][-1]): _UNACCEPTABLE for one in error.errors()}
        return 422, noted("The address or form holds something that cannot be accepted."), places
    return 503, _NO_DATABASE, {}


def install(app: FastAPI) -> None:
    """Have unknown paths and methods answered by a page for browsers; else as for machines."""

    async def unknown(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        takes_page = "text/html" in request.headers.get("accept", "")
        if error.status_code in _ASTRAY and takes_page:
            status = error.status_code
            answer = await run_in_threadpool(refusal_page, request, status, _ASTRAY[status])
            answer.headers.update(error.headers or {})
            return answer
        return of_http(error)

    app.add_exception_handler(HTTPException, unknown)
