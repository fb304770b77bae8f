"""``proctor-hub deliveries``: effects on their way; those given up are tried again."""

from __future__ import annotations

from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, as_object, print_json, print_table, shown
from proctor_hub.services import deliveries as service
from proctor_hub.services.deliveries import MOST_RETRIED
from proctor_hub.services.errors import Invalid
from proctor_hub.storage.deliveries import Delivery, DeliveryState

group = typer.Typer(no_args_is_help=True, help="Effects on their way: list, show, retry.")

Number = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="The delivery's number.")]
Destination = Annotated[str | None, typer.Option(help="Only of this destination.")]
_COLUMNS = (
    "id", "state", "destination", "kind", "attempt_code", "created_at", "tries", "next_try_at",
    "last_error",
)  # fmt: skip


@group.command("list")
def list_(
    state: Annotated[DeliveryState | None, typer.Option(help="Default: parked.")] = None,
    destination: Destination = None,
    attempt: Annotated[str | None, typer.Option(help="What this attempt's code caused.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier list.")] = None,
    as_json: AsJson = False,
) -> None:
    """Effects that are parked, wait, or were delivered."""
    with open_hub() as hub:
        found = service.list_deliveries(
            hub,
            operator(),
            state=state,
            destination=destination,
            attempt_code=attempt,
            cursor=cursor,
            limit=limit,
        )
    items = [_object(one) for one in found.items]
    if as_json:
        print_json({"items": items, "next_cursor": found.next_cursor})
        return
    print_table(
        [name.replace("_at", "") for name in _COLUMNS],
        ([item[name] for name in _COLUMNS] for item in items),
    )
    if found.next_cursor is not None:
        typer.echo(f"more: --cursor {found.next_cursor}")


@group.command()
def show(number: Number, as_json: AsJson = False) -> None:
    """One effect, without its content."""
    with open_hub() as hub:
        found = _object(service.show_delivery(hub, operator(), number))
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name.replace('_', ' ')}: {shown(value)}")


@group.command()
def retry(
    number: Annotated[
        int | None, typer.Argument(min=1, max=2**63 - 1, help="One, with all of its stream.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All that are parked.")] = False,
    destination: Annotated[
        str | None, typer.Option(help="With --all: only of this destination.")
    ] = None,
    kind: Annotated[str | None, typer.Option(help="With --all: only of this kind.")] = None,
    as_json: AsJson = False,
) -> None:
    """Try effects again that were given up: one, or with --all every one that is parked."""
    if (number is None) != every:
        raise Invalid("Give a delivery's number or --all, and not both.")
    if number is not None and (destination, kind) != (None, None):
        raise Invalid("--destination and --kind choose among --all; a number is one delivery.")
    with open_hub() as hub:
        if number is not None:
            service.retry_delivery(hub, operator(), number)
            told = {"retried": 1}
        else:
            told = {"retried": 0}
            cursor: str | None = None
            while True:
                done = service.retry_parked(
                    hub,
                    operator(),
                    destination=destination,
                    kind=kind,
                    limit=MOST_RETRIED,
                    cursor=cursor,
                )
                told = {"retried": told["retried"] + done.retried, "remaining": done.remaining}
                if (cursor := done.next_cursor) is None:
                    break
    if as_json:
        print_json(told)
    else:
        typer.echo("; ".join(f"{name}: {count}" for name, count in told.items()))


def _object(one: Delivery) -> dict[str, object]:
    return {**as_object(one), "state": one.state.value, "next_try_at": one.due_at}
