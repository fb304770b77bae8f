"""``proctor-hub mail``: do e-mails arrive?"""

from __future__ import annotations

import uuid
from typing import Annotated

import typer

from proctor_hub.app import build_mailer
from proctor_hub.cli.context import open_hub
from proctor_hub.domain.language import is_language_tag
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.settings import HubSettings, config_file

group = typer.Typer(no_args_is_help=True, help="E-mails to learners.")


@group.callback()
def _mail() -> None:
    """Keep ``test`` a command of a group, though it is the only one."""


@group.command()
def test(
    address: Annotated[str, typer.Argument(help="To whom; you will read it.")],
    language: Annotated[str, typer.Option(help="BCP 47; by default the site's language.")] = "",
) -> None:
    """Send an e-mail about nothing, with the site's settings and templates."""
    if language and not is_language_tag(language):
        raise typer.BadParameter("is not a language tag (BCP 47)", param_hint="--language")
    settings = HubSettings.load()
    with open_hub() as hub:
        mailer = build_mailer(settings, hub)
        if mailer is None:
            raise ConfigurationError(
                f"{config_file()}: mail.host is not set, so nobody is written to; set it."
            )
        try:
            used = mailer.send_test(address, event_id=f"test-{uuid.uuid4()}", language=language)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="ADDRESS") from None
        except DeliveryFailed as error:
            typer.echo(f"proctor-hub: {error}", err=True)
            raise typer.Exit(1) from None
        finally:
            mailer.close()
    typer.echo(f"the mail server took it, in the language {used}; look whether it arrives")
