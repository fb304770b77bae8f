"""The vendors' callbacks, mounted at exactly the paths their plugins name (wire, domain §4).

One thread hand-over per call: the body is read while it comes, everything else happens in one
worker. Whatever a vendor sends is answered honestly and never by a 5xx of ours.
"""

from __future__ import annotations

from asyncio import get_running_loop
from concurrent.futures import Executor
from contextvars import copy_context
from functools import partial

import sqlalchemy as sa
from sqlalchemy import bindparam
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from proctor_hub.domain.told import noted
from proctor_hub.services.access.tokens import Caller, caller_of
from proctor_hub.services.callbacks import probe
from proctor_hub.services.callbacks.receive import Redirect, Reply, receive
from proctor_hub.services.checks import storable
from proctor_hub.services.hub import Hub
from proctor_hub.storage.tables import attempts
from proctor_hub.vendors.receiving import AccountBy, CallbackRequest
from proctor_hub.vendors.routes import MergedRoute
from proctor_hub.web.context import source_address, the_hub, token_in, web_settings
from proctor_hub.web.pages.rendering import answer_headers
from proctor_hub.web.pages.route import refusal_page

_VENDOR_OF = sa.select(attempts.c.vendor).where(attempts.c.code == bindparam("code"))


def callback_routes(hub: Hub) -> list[Route]:
    """A route for each path that a usable vendor account names."""
    return [_route(merged) for merged in hub.vendors.routes]


def is_callback_path(hub: Hub, path: str) -> bool:
    """Whether bodies there may be as large as a callback's: they can carry photographs."""
    return any(path.startswith(merged.path.split("{")[0]) for merged in hub.vendors.routes)


def _route(merged: MergedRoute) -> Route:
    async def endpoint(request: Request) -> Response:
        request.scope["route"] = merged  # for the log
        body = await request.body()
        work = partial(copy_context().run, _handle, merged, request, body)
        workers: Executor = request.app.state.callback_workers
        return await get_running_loop().run_in_executor(workers, work)

    return Route(merged.path, endpoint, methods=[merged.method], include_in_schema=False)


def _handle(merged: MergedRoute, request: Request, body: bytes) -> Response:
    hub = the_hub(request)
    question = request.headers.get(probe.HEADER)
    answer = None if question is None else probe.answer(hub.keyring, question, hub.now())
    if answer is not None:
        return Response(status_code=204, headers={probe.HEADER: answer})
    token = token_in(request)
    caller = None if token is None else caller_of(hub, token)
    slug = _account(hub, merged, request, caller)
    route = merged.route_of(slug) if slug is not None else None
    call = CallbackRequest(
        route=(route or merged.uses[0].route).name,
        method=request.method,
        path=request.url.path,
        path_params={name: str(value) for name, value in request.path_params.items()},
        query=dict(request.query_params),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        source_address=source_address(request),
        caller=caller.client.client_id if caller and caller.client.vendor else None,
    )
    reply = receive(hub, slug if route is not None else None, call)
    return _response(request, reply, page=merged.answers_browser)


def _account(hub: Hub, merged: MergedRoute, request: Request, caller: Caller | None) -> str | None:
    """The vendor account the call is for; None: nobody can tell."""
    if merged.account is AccountBy.TOKEN:
        return caller.client.vendor if caller is not None else None
    if merged.account is AccountBy.ATTEMPT_CODE:
        code = str(request.path_params.get("attempt_code", ""))
        if not storable(code):
            return None
        with hub.database.read() as conn:
            slug: str | None = conn.scalar(_VENDOR_OF, {"code": code})
        return slug
    named = request.query_params.get("account")
    if named is None and len(merged.uses) == 1:
        return merged.uses[0].slug
    return named


def _response(request: Request, reply: Reply, *, page: bool) -> Response:
    if isinstance(reply, Redirect):
        return RedirectResponse(reply.url, 302)
    if page and not reply.content_type.startswith("text/html"):
        # A learner's browser is shown this where a machine would get JSON.
        title, text = _DONE if reply.status < 400 else _TEXTS.get(reply.status, _OTHER)
        return refusal_page(request, reply.status, text, title=title)
    # It comes from the hub's own origin, where people are signed in: nothing of it may run.
    headers = answer_headers(web_settings(request))
    return Response(reply.body, reply.status, headers, media_type=reply.content_type)


_ELSEWHERE = (
    noted("This page cannot be opened here"),
    noted("Open your exam from your course again."),
)
_TEXTS = {
    401: _ELSEWHERE,
    403: _ELSEWHERE,
    404: (noted("Exam not found"), noted("No exam is known here. Open it from your course again.")),
}
_OTHER = (
    noted("The exam cannot be opened now"),
    noted("Go back to your course: it says what to do."),
)
_DONE = (noted("Done"), noted("You can close this page and go on in your course."))
