"""``proctor-hub callbacks``: what vendors sent, kept raw; shown, vouched for, taken again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, as_object, print_json, print_table, shown
from proctor_hub.services.callbacks.bulk import (
    MOST_REPLAYED,
    Replayed,
    Unsettled,
    replay_all,
)
from proctor_hub.services.callbacks.listing import list_callbacks, show_callback
from proctor_hub.services.callbacks.outcomes import EFFECTIVE
from proctor_hub.services.callbacks.replay import replay as take_again
from proctor_hub.services.errors import Invalid
from proctor_hub.services.hub import Hub

group = typer.Typer(no_args_is_help=True, help="What vendors sent: list, show, replay.")

CallbackId = Annotated[int, typer.Argument(min=1, max=2**63 - 1, help="The callback's number.")]
_COLUMNS = (
    "id",
    "received_at",
    "vendor",
    "route",
    "source",
    "outcome",
    "status",
    "quarantined",
    "detail",
)


class Outcome(StrEnum):
    """What became of a callback (domain §4)."""

    APPLIED = "applied"
    STORED = "stored"
    UNCHANGED = "unchanged"
    UNMATCHED = "unmatched"
    UNPARSABLE = "unparsable"
    REFUSED = "refused"
    CONFLICT = "conflict"


@group.command("list")
def list_(
    outcome: Annotated[Outcome | None, typer.Option(help="Only those with this outcome.")] = None,
    quarantined: Annotated[
        bool | None, typer.Option("--quarantined/--not-quarantined", help="Only those.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="Go on after an earlier list.")] = None,
    as_json: AsJson = False,
) -> None:
    """Kept callbacks, newest first."""
    wanted = None if outcome is None else outcome.value
    with open_hub() as hub:
        found = list_callbacks(
            hub, operator(), outcome=wanted, quarantined=quarantined, cursor=cursor, limit=limit
        )
    if as_json:
        items = [as_object(item, "content") for item in found.items]
        print_json({"items": items, "next_cursor": found.next_cursor})
        return
    rows = ([getattr(item, name) for name in _COLUMNS] for item in found.items)
    print_table([name.replace("_at", "") for name in _COLUMNS], rows)
    if found.next_cursor is not None:
        typer.echo(f"more: --cursor {found.next_cursor}")


@group.command()
def show(callback_id: CallbackId, as_json: AsJson = False) -> None:
    """One callback with its content, without video links, photographs and secrets."""
    with open_hub() as hub:
        found = show_callback(hub, operator(), callback_id)
    if as_json:
        print_json(found)
        return
    for name, value in as_object(found, "content").items():
        typer.echo(f"{name.replace('_', ' ')}: {shown(value)}")
    typer.echo(shown(json.dumps(found.content, indent=2, ensure_ascii=False)))


@group.command()
def replay(
    callback_id: Annotated[
        int | None, typer.Argument(min=1, max=2**63 - 1, help="The callback's number.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All with an outcome, never quarantined ones.")
    ] = False,
    outcome: Annotated[Unsettled | None, typer.Option(help="With --all: which.")] = None,
    reason: Annotated[
        str, typer.Option(help="Why a quarantined one may be believed; you vouch for it.")
    ] = "",
    vendor: Annotated[
        str | None,
        typer.Option(
            help="The account a quarantined one is for, if none was found; with --all: only its."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take a kept callback again, with the same bytes; exit 1 where it still has no effect."""
    if (callback_id is None) != every or (outcome is not None) != every:
        raise Invalid("Give a callback's number, or --all with --outcome.")
    told: list[Replayed] = []
    with open_hub() as hub:
        if callback_id is not None:
            received = take_again(hub, operator(), callback_id, reason=reason, vendor=vendor)
            found = received.outcome
            told.append(
                Replayed(
                    id=callback_id,
                    code=found.code,
                    status=found.status,
                    detail=found.detail,
                    attempt_code=received.attempt_code,
                )
            )
        elif outcome is not None:
            told += _every(hub, outcome, vendor)
    if as_json:
        print_json(told if every else told[0])
    else:
        for one in told:
            detail = f": {one.detail}" if one.detail else ""
            typer.echo(shown(f"callback {one.id}: {one.code}{detail}"))
    if any(one.code not in EFFECTIVE for one in told):
        raise typer.Exit(1)


def _every(hub: Hub, outcome: Unsettled, vendor: str | None) -> Iterator[Replayed]:
    cursor: str | None = None
    while True:
        done = replay_all(
            hub, operator(), outcome, vendor=vendor, limit=MOST_REPLAYED, cursor=cursor
        )
        yield from done.items
        if (cursor := done.next_cursor) is None:
            return
