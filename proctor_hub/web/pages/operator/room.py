"""What all pages of operators share: who gets in, the note after something was done, addresses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.responses import RedirectResponse, Response

from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit, Visit

ROOM = "/operator"


def operators_only(visit: TheVisit) -> None:
    """Nobody else sees any of these pages; the services ask again for what is done.

    :raises Forbidden: the visitor is no operator.
    """
    with visit.hub.database.read() as conn:
        ensure(conn, visit.actor, Permission.SEE_HEALTH)


def operator_router() -> APIRouter:
    """A router for pages of operators."""
    router = page_router()
    router.dependencies.append(Depends(operators_only))
    return router


def show(
    visit: Visit, template: str, *, told: Mapping[str, str] | None = None, **values: Any
) -> Response:
    """A page of this room.

    :param told: word → what was done, for the word that a redirect left in the address.
    """
    word = visit.request.query_params.get("done", "")
    done = (told or {}).get(word, "")
    return page(visit, f"operator/{template}", done=done, address=address, **values)


def back(path: str, done: str = "", **query: object) -> Response:
    """On to a page after something was done there."""
    return RedirectResponse(address(path, done=done, **query), 303)


def address(path: str, **query: object) -> str:
    """A path with a query; what is empty is left out. Nothing in it may be personal."""
    given = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(given)}" if given else path
