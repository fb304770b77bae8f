"""``proctor-hub retirements``: learners erased, and how far each vendor is with it."""

from __future__ import annotations

from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, as_object, print_json, print_table, shown
from proctor_hub.services import retirement_ledger as ledger
from proctor_hub.services.retirement_ledger import Receipt, Retirement

group = typer.Typer(no_args_is_help=True, help="Learners erased: list, show, confirm.")

UserId = Annotated[
    str, typer.Argument(help="The id the user had, or the one that stands for it now.")
]
_COLUMNS = ("vendor", "confirmed", "by", "tries", "next try", "parked", "detail")


@group.command("list")
def list_(
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="How many at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """Newest first, with how many of the vendors have confirmed."""
    with open_hub() as hub:
        found = ledger.list_retirements(hub, operator(), cursor=cursor, limit=limit)
    if as_json:
        items = [_object(one) for one in found.items]
        print_json({"items": items, "next_cursor": found.next_cursor})
        return
    columns = ("retired id", "requested", "by", "complete", "confirmed", "waiting", "parked")
    print_table(columns, (_line(one) for one in found.items))
    if found.next_cursor is not None:
        typer.echo(f"more: --cursor {found.next_cursor}")


@group.command()
def show(user_id: UserId, as_json: AsJson = False) -> None:
    """One retirement with what each vendor answered."""
    with open_hub() as hub:
        found = ledger.get_retirement(hub, operator(), user_id=user_id)
    _print(found, as_json)


@group.command()
def confirm(
    user_id: UserId,
    vendor: Annotated[str, typer.Argument(help="The vendor account.")],
    note: Annotated[str, typer.Option(help="How that is known; without personal data.")],
    as_json: AsJson = False,
) -> None:
    """Say that a vendor holds nothing of the learner any more; it is asked no more."""
    with open_hub() as hub:
        done = ledger.confirm_by_hand(hub, operator(), user_id=user_id, vendor=vendor, note=note)
    _print(done, as_json)


def _print(one: Retirement, as_json: bool) -> None:
    if as_json:
        print_json(_object(one))
        return
    typer.echo(f"{one.retired_id}: {'complete' if one.complete else 'not complete'}")
    typer.echo(f"requested: {shown(one.requested_at)} by {shown(one.requested_by)}")
    print_table(_COLUMNS, (_receipt(receipt) for receipt in one.receipts))


def _object(one: Retirement) -> dict[str, object]:
    return {**as_object(one, "id", "person_pk"), "complete": one.complete}


def _line(one: Retirement) -> tuple[object, ...]:
    confirmed = sum(receipt.confirmed for receipt in one.receipts)
    parked = sum(receipt.parked_at is not None for receipt in one.receipts)
    waiting = len(one.receipts) - confirmed - parked
    return (
        one.retired_id,
        one.requested_at,
        one.requested_by,
        one.complete,
        confirmed,
        waiting,
        parked,
    )


def _receipt(receipt: Receipt) -> tuple[object, ...]:
    return (
        receipt.vendor,
        receipt.confirmed,
        receipt.confirmed_by,
        receipt.tries,
        receipt.next_try_at,
        receipt.parked_at,
        receipt.detail or receipt.last_error,
    )
