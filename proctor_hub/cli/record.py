"""``proctor-hub record``: exchanges with a vendor, written down for its plugin's tests."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import requests
import typer

from proctor_hub.app import account_of, utc_now
from proctor_hub.cli.check import ensure_configured
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.steering import Sandbox
from proctor_hub.domain.words import ExamType
from proctor_hub.errors import ConfigurationError
from proctor_hub.settings import HubSettings
from proctor_hub.testing.recorded.account import RecordedAccount, load_account
from proctor_hub.testing.recorded.session import Act, nobody, record, stories

_TO_DO = {
    "onboard": "onboard the learner {pseudonym} there, so that the profile is valid",
    "ready": "get the session {external_id} (attempt {attempt_code}) ready, as its learner would",
    "finish": "close the vendor's tool in session {external_id} (attempt {attempt_code})",
}


def record_exchanges(
    vendor: Annotated[str, typer.Argument(help="The account: its slug in the configuration.")],
    into: Annotated[Path, typer.Option(help="The folder; files there are replaced.")],
    exam_type: Annotated[
        list[ExamType] | None, typer.Option(help="Of these alone; without: all it has.")
    ] = None,
    steer: Annotated[
        Path | None,
        typer.Option(help="TOML with url and [commands]: what is done at a sandbox meanwhile."),
    ] = None,
    pause: Annotated[
        bool, typer.Option("--pause", help="Wait while you do at the vendor what a learner does.")
    ] = False,
) -> None:
    """Play an exam with an invented learner at a vendor and keep what went over the wire.

    It registers, starts, ends and removes sessions there: use an account for tests. One JSON file
    per story, secrets and personal data replaced by names."""
    settings = HubSettings.load()
    ensure_configured(settings, vendor)
    if steer is not None and pause:
        raise ConfigurationError("--steer or --pause: a sandbox is steered, a vendor waited for.")
    wanted = [str(one) for one in exam_type or ()] or list(stories(_account(settings, vendor)))
    into.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        act = _steered(steer, vendor, stack) if steer else _waiting if pause else nobody
        for story in wanted:
            recording = record(_account(settings, vendor), story, clock=utc_now, act=act)
            path = into / f"{story}.json"
            path.write_text(recording.text(), encoding="utf-8")
            made = sum(len(step.exchanges) for step in recording.steps)
            typer.echo(f"{path}: {len(recording.steps)} calls, {made} exchanges")


def _account(settings: HubSettings, slug: str) -> RecordedAccount:
    account = account_of(slug, settings.vendors[slug])
    return load_account(
        slug,
        account.plugin_name,
        account.settings_table,
        public_url=settings.public_url,
        clock=utc_now,
    )


def _steered(path: Path, slug: str, stack: ExitStack) -> Act:
    table = _steering(path)
    sandbox = Sandbox(slug, str(table.get("url", "")).rstrip("/"), table.get("commands", {}))
    stack.callback(sandbox.close)

    def act(what: str, values: Mapping[str, str]) -> bool:
        if not sandbox.knows(what):
            return False
        try:
            sandbox.do(what, values)
        except (DemoError, requests.RequestException) as error:
            problem = str(error) if isinstance(error, DemoError) else type(error).__name__
            raise ConfigurationError(f"{path}: {what} cannot be done: {problem}.") from None
        return True

    return act


def _steering(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}; correct it.") from None


def _waiting(what: str, values: Mapping[str, str]) -> bool:
    typer.prompt(
        f"At the vendor: {_TO_DO[what].format(**values)}. Then press Enter",
        default="",
        show_default=False,
        err=True,
    )
    return True
