"""``proctor-hub staff``: who is support or operator, in all courses."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, as_object, every, print_json, print_table
from proctor_hub.domain.words import Role
from proctor_hub.services import people

group = typer.Typer(no_args_is_help=True, help="Support and operators, by their LMS user id.")


class StaffRole(StrEnum):
    """The roles that are granted here (domain §2); course teams come from the LMS."""

    SUPPORT = "support"
    OPERATOR = "operator"


UserId = Annotated[str, typer.Argument(help="The LMS user id.")]
TheRole = Annotated[StaffRole, typer.Option("--role", help="Which role.")]


@group.command()
def add(
    user_id: UserId,
    role: TheRole,
    unknown: Annotated[
        bool,
        typer.Option("--new", help="Though the LMS has not sent this user yet; it adds the names."),
    ] = False,
) -> None:
    """Make a user support or operator."""
    with open_hub() as hub:
        new = people.grant_staff(
            hub, operator(), user_id=user_id, role=Role(role.value), unknown=unknown
        )
    typer.echo(f"{user_id} is {role.value} {'now' if new else 'already'}")


@group.command()
def remove(user_id: UserId, role: TheRole) -> None:
    """Take the role back, at once."""
    with open_hub() as hub:
        people.revoke_staff(hub, operator(), user_id=user_id, role=Role(role.value))
    typer.echo(f"{user_id} is {role.value} no more")


@group.command("list")
def list_(as_json: AsJson = False) -> None:
    """Everybody who is support or operator."""
    with open_hub() as hub:
        found = every(lambda cursor: people.list_staff(hub, operator(), cursor=cursor))
    if as_json:
        print_json([as_object(member, "person_pk") for member in found])
        return
    print_table(("user", "role"), ((member.user_id, member.role) for member in found))
