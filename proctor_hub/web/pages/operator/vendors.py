"""``/operator/vendors``: the vendor accounts, how they are, and whether they answer now."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request
from starlette.responses import Response

from proctor_hub.jobs.overview import BreakerSeen, Lookout
from proctor_hub.services.breakers import State
from proctor_hub.services.callbacks import listing
from proctor_hub.services.deliveries import last_errors
from proctor_hub.services.errors import NotFound
from proctor_hub.services.transitions import vendor_destination
from proctor_hub.services.vendor_health import test_call
from proctor_hub.services.vendor_report import VendorLine, vendor_lines
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.subjects import Capability
from proctor_hub.web.pages.forms import TheForm
from proctor_hub.web.pages.operator import badges
from proctor_hub.web.pages.operator.room import ROOM, operator_router, show
from proctor_hub.web.pages.visits import TheVisit, Visit

router = operator_router()
PATH = ROOM + "/vendors"
SHOWN = 10


@router.get(PATH)
def list_vendors(request: Request, visit: TheVisit) -> Response:
    """Usable accounts, broken ones with the reason, installed plugins without an account."""
    lookout: Lookout = request.app.state.lookout
    seen = lookout.look()
    lines = vendor_lines(visit.hub.vendors, visit.hub.public_url)
    return show(
        visit,
        "vendors.html",
        accounts=[line for line in lines if line.slug is not None],
        plugins=[line for line in lines if line.slug is None],
        breaker=lambda slug: badges.BREAKERS[seen.breaker(vendor_destination(slug))],
        path=PATH,
    )


@router.get(PATH + "/{slug:id}")
def show_vendor(slug: str, visit: TheVisit) -> Response:
    """One account; the vendor is not called."""
    return _page(visit, slug)


@router.post(PATH + "/{slug:id}/test")
def test_vendor(slug: str, visit: TheVisit, _form: TheForm) -> Response:
    """Calls the vendor now, paused or not; an answer ends the pause."""
    health = test_call(visit.hub, visit.actor, slug)
    return _page(visit, slug, health=health, asked_at=visit.hub.now())


def _page(
    visit: Visit, slug: str, *, health: Health | None = None, asked_at: datetime | None = None
) -> Response:
    line = _line(visit, slug)
    name = vendor_destination(slug)
    row = next((one for one in visit.hub.breakers.every() if one.name == name), None)
    state = visit.hub.breakers.state(name)
    breaker = BreakerSeen(destination=name, state=State.CLOSED)
    if row is not None:
        breaker = BreakerSeen(
            destination=name, state=state, failures=row.failures, last_error=row.last_error
        )
    vendor = visit.hub.vendors.vendors.get(slug)
    latest = listing.list_callbacks(visit.hub, visit.actor, vendor=slug, limit=SHOWN)
    errors = last_errors(visit.hub, visit.actor, destination=name, count=SHOWN)
    return show(
        visit,
        "vendor.html",
        line=line,
        testable=vendor is not None and vendor.can(Capability.HEALTH_CHECK),
        description=None if vendor is None else vendor.description,
        destination=name,
        breaker=breaker,
        failed_at=None if row is None else row.changed_at,
        health=health,
        asked_at=asked_at,
        callbacks=latest.items,
        more_callbacks=latest.next_cursor is not None,
        errors=errors,
        badges=badges,
        path=PATH,
    )


def _line(visit: Visit, slug: str) -> VendorLine:
    for line in vendor_lines(visit.hub.vendors, visit.hub.public_url):
        if line.slug == slug:
            return line
    raise NotFound("vendor", slug)
