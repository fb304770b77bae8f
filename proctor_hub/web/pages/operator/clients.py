"""``/operator/clients``: the machines that call the hub; their secrets are shown once."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import ClientKind, NewSecret
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

router = operator_router()
PATH = ROOM + "/clients"
TOLD = {"revoked": noted("The client is revoked, and every token it holds.")}
KINDS = {
    ClientKind.LMS: noted("learning platform"),
    ClientKind.VENDOR: noted("vendor"),
    ClientKind.OPERATOR: noted("operator's tool"),
}
OVERLAPS = (0, 1, 24, 168)
"""Hours for which an old secret may work on."""


@router.get(PATH)
def list_clients(visit: TheVisit, cursor: Annotated[str | None, Query()] = None) -> Response:
    """All clients, revoked ones too, and making another."""
    found = clients.list_clients(visit.hub, visit.actor, cursor=cursor or None)
    return show(
        visit,
        "clients.html",
        told=TOLD,
        found=found,
        turns=turns(PATH, cursor, found),
        kinds=KINDS,
        accounts=sorted({*visit.hub.vendors.vendors, *visit.hub.vendors.broken}),
        path=PATH,
    )


@router.post(PATH)
def create(visit: TheVisit, form: TheForm) -> Response:
    """Makes a client; shows its secret this once."""
    kind = _kind(text(form, "kind"))
    vendor = text(form, "vendor") or None
    made = clients.create(
        visit.hub,
        visit.actor,
        kind,
        name=text(form, "name"),
        vendor=vendor if kind is ClientKind.VENDOR else None,
    )
    return _secret(visit, made)


@router.get(PATH + "/{client_id:id}/rotate")
def ask_rotate(client_id: str, visit: TheVisit) -> Response:
    """Asks for how long the old secret works on."""
    return _ask(visit, client_id, "client_rotate.html")


@router.post(PATH + "/{client_id:id}/rotate")
def rotate(client_id: str, visit: TheVisit, form: TheForm) -> Response:
    """Gives the client a new secret; shows it this once."""
    hours = text(form, "hours")
    if hours not in map(str, OVERLAPS):
        raise Invalid(
            noted("This is none of the times to choose from."),
            fields={"hours": noted("choose one")},
        )
    overlap = timedelta(hours=int(hours))
    return _secret(visit, clients.rotate(visit.hub, visit.actor, client_id, overlap=overlap))


@router.get(PATH + "/{client_id:id}/revoke")
def ask_revoke(client_id: str, visit: TheVisit) -> Response:
    """Asks before a client is stopped."""
    return _ask(visit, client_id, "client_revoke.html")


@router.post(PATH + "/{client_id:id}/revoke")
def revoke(client_id: str, visit: TheVisit, _form: TheForm) -> Response:
    """Stops a client at once."""
    clients.revoke(visit.hub, visit.actor, client_id)
    return back(PATH, "revoked")


def _ask(visit: Visit, client_id: str, template: str) -> Response:
    client = clients.find(visit.hub, client_id)
    if client is None:
        raise NotFound("client", client_id)
    place = f"{PATH}/{part(client_id)}"
    return show(
        visit, template, client=client, kinds=KINDS, overlaps=OVERLAPS, place=place, path=PATH
    )


def _secret(visit: Visit, made: NewSecret) -> Response:
    return show(
        visit, "client_secret.html", client=made.client, secret=made.secret, kinds=KINDS, path=PATH
    )


def _kind(word: str) -> ClientKind:
    try:
        return ClientKind(word)
    except ValueError:
        raise Invalid(
            noted("There is no such kind of client."), fields={"kind": noted("choose one")}
        ) from None
