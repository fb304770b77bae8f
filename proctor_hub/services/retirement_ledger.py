"""The ledger of retirements: who was erased, and how far each vendor is with it.

A vendor is asked until it confirms. Where it has no such call, or its account is gone, an operator
has it done elsewhere and confirms it by hand.
"""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.checks import cleaned, ensure_fields, storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.paging import Page, before_int, limit_of, page
from proctor_hub.services.retired import PREFIX, retired_ids
from proctor_hub.services.transitions import vendor_destination
from proctor_hub.storage import audit, people
from proctor_hub.storage import retirement as store
from proctor_hub.storage.retirement import Confirmed, Receipt, Retirement
from proctor_hub.vendors.deciding import RetirementReceipt

__all__ = [
    "Receipt",
    "Retirement",
    "confirm_by_hand",
    "get_retirement",
    "list_retirements",
    "record_answer",
    "retirement_of",
]

_DETAIL_MAX = 500


def get_retirement(hub: Hub, actor: Actor, *, user_id: str) -> Retirement:
    """One retirement, by the id the user had or by the one that stands for it now.

    :raises NotFound: they were not retired.
    """
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETIRE)
        return retirement_of(hub, conn, user_id)


def list_retirements(
    hub: Hub,
    actor: Actor,
    *,
    only_open: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Retirement]:
    """Retirements, newest first, with what each vendor answered: all of them, or those that some
    vendor has not confirmed yet."""
    count, before = limit_of(hub, limit), before_int(cursor)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETIRE)
        found = store.page(
            conn, vendor_destination, before=before, count=count + 1, only_open=only_open
        )
    return page(found, count, lambda one: [one.id])


def confirm_by_hand(hub: Hub, actor: Actor, *, user_id: str, vendor: str, note: str) -> Retirement:
    """An operator says that the vendor holds nothing of the learner any more; on record.

    The vendor is asked no more. What was confirmed before stays as it was.

    :param note: how that is known; without personal data.
    :raises NotFound: no such retirement, or this vendor did not know the learner.
    :raises Invalid: no note.
    """
    ensure_fields({"note": note}, required=["note"])

    def unit(conn: sa.Connection) -> Retirement:
        ensure(conn, actor, Permission.RETIRE)
        found = retirement_of(hub, conn, user_id)
        receipt = next((one for one in found.receipts if one.vendor == vendor), None)
        if receipt is None:
            raise NotFound("vendor", vendor)
        now = hub.now()
        answer = Confirmed(vendor=vendor, by=actor.id, detail=note, at=now)
        if store.confirm(conn, found.person_pk, answer, vendor_destination(vendor)):
            detail = {"vendor": vendor}
            audit.record(conn, now, actor, "retirement.confirmed", None, found.retired_id, detail)
        return retirement_of(hub, conn, user_id)

    done = hub.database.write(unit)
    hub.database.forget()
    return done


def record_answer(
    hub: Hub, *, person_pk: int, vendor: str, seq: int, answer: RetirementReceipt
) -> None:
    """Keep what a vendor answered to the erasure of a learner; what was confirmed stays so.

    With a confirmation the notice is delivered and emptied, and the pseudonym is forgotten.

    :param seq: the notice it answered: a later one asks for more, so it waits for its own answer.
    :raises LookupError: nobody asked to retire this person at this vendor.
    """
    detail, now = cleaned(answer.detail, longest=_DETAIL_MAX), hub.now()
    if not answer.confirmed:
        hub.database.write(
            partial(store.note, person_pk=person_pk, vendor=vendor, detail=detail, now=now)
        )
        return
    confirmed = Confirmed(vendor=vendor, by="", detail=detail, at=now, seq=seq)
    hub.database.write(
        lambda conn: store.confirm(conn, person_pk, confirmed, vendor_destination(vendor))
    )
    hub.database.forget()


def retirement_of(hub: Hub, conn: sa.Connection, user_id: str) -> Retirement:
    """The retirement of a user, by either id. :raises NotFound: there is none."""
    if storable(user_id):
        ids = retired_ids(hub.keyring, user_id)
        for retired_id in [*ids, user_id] if user_id.startswith(PREFIX) else ids:
            person = people.by_user_id(conn, retired_id)
            if person is not None:
                found = store.of_person(conn, person.id, vendor_destination)
                if found is not None:
                    return found
    raise NotFound("learner", user_id)
