"""``proctor-hub sign-in-link`` and ``sign-ins``: a browser let in from here, and put out again."""

from __future__ import annotations

from typing import Annotated

import typer

from proctor_hub.cli.context import open_hub, operator
from proctor_hub.cli.output import AsJson, print_json
from proctor_hub.services.access import launch_links, sign_ins
from proctor_hub.web.launching import LaunchPage, path_of

group = typer.Typer(no_args_is_help=True, help="Browsers that are signed in: end them.")

UserId = Annotated[str, typer.Argument(help="The LMS user id.")]


def sign_in_link(
    user_id: UserId,
    page: Annotated[
        LaunchPage, typer.Option(help="Where the link leads; home: the person's first page.")
    ] = LaunchPage.HOME,
    course: Annotated[str | None, typer.Option(help="The course id, for a course's page.")] = None,
    exam: Annotated[int | None, typer.Option(help="The exam's id, for page exam.")] = None,
    attempt: Annotated[
        str | None, typer.Option(help="The attempt's code, for page attempt.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print an address that signs one browser in as a user, once, within minutes; on record.

    The first operator of a new hub: `staff add USER --role operator --new`, then this.
    """
    target = path_of(page, course_id=course, exam_id=exam, attempt_code=attempt)
    with open_hub() as hub:
        link = launch_links.for_staff(hub, operator(), user_id=user_id, target=target)
    if as_json:
        print_json({"url": link.url, "expires_at": link.expires_at})
        return
    typer.echo(link.url)
    typer.echo("It works once, and lets in whoever opens it: give it to nobody else.", err=True)


@group.command()
def revoke(user_id: UserId, as_json: AsJson = False) -> None:
    """End every sign-in of a user, at once, and void their unused links."""
    with open_hub() as hub:
        ended = sign_ins.revoke_all(hub, operator(), user_id=user_id)
    if as_json:
        print_json({"user_id": user_id, "ended": ended})
        return
    typer.echo(f"{user_id}: {ended} sign-ins ended")
