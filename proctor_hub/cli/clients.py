"""``proctor-hub clients``: machine clients and their secrets."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, as_object, every, print_json, print_table
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import Client, ClientKind, NewSecret

group = typer.Typer(no_args_is_help=True, help="Machine clients: LMS, vendors, operators.")

ClientId = Annotated[str, typer.Argument(help="The client's id.")]
_DEFAULT_HOURS = int(clients.DEFAULT_OVERLAP / timedelta(hours=1))


@group.command()
def create(
    kind: Annotated[ClientKind, typer.Option(help="What the client is.")],
    name: Annotated[str, typer.Option(help="For people to tell clients apart.")] = "",
    vendor: Annotated[
        str | None, typer.Option(help="The vendor account's slug, for kind vendor.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a client; its secret is printed this once and stored nowhere."""
    with open_hub() as hub:
        made = clients.create(hub, operator(), kind, name=name, vendor=vendor)
    _print_secret(made, as_json)


@group.command()
def rotate(
    client_id: ClientId,
    overlap_hours: Annotated[
        int, typer.Option(min=0, max=24 * 30, help="How long the old secret works on.")
    ] = _DEFAULT_HOURS,
    as_json: AsJson = False,
) -> None:
    """Give a client a new secret, printed this once."""
    overlap = timedelta(hours=overlap_hours)
    with open_hub() as hub:
        made = clients.rotate(hub, operator(), client_id, overlap=overlap)
    _print_secret(made, as_json)


@group.command()
def revoke(client_id: ClientId) -> None:
    """Stop a client at once, and every token it holds."""
    with open_hub() as hub:
        clients.revoke(hub, operator(), client_id)
    typer.echo(f"{client_id} is revoked")


@group.command("list")
def list_(as_json: AsJson = False) -> None:
    """All clients, revoked ones too; no secrets."""
    with open_hub() as hub:
        found = every(lambda cursor: clients.list_clients(hub, operator(), cursor=cursor))
    if as_json:
        print_json([_public(client) for client in found])
        return
    print_table(
        ("client id", "kind", "name", "vendor", "created", "revoked"),
        ((c.client_id, c.kind, c.name, c.vendor, c.created_at, c.revoked_at) for c in found),
    )


def _public(client: Client) -> dict[str, object]:
    return as_object(client, "pk")


def _print_secret(made: NewSecret, as_json: bool) -> None:
    if as_json:
        print_json({**_public(made.client), "client_secret": made.secret})
        return
    typer.echo(f"client id:     {made.client.client_id}")
    typer.echo(f"client secret: {made.secret}")
    typer.echo("Keep the secret now: it is not shown again.", err=True)
