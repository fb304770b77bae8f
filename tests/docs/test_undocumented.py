"""Nothing that people meet is undocumented; and each of these tests fails where something is."""

from __future__ import annotations

import enum
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import ClassVar

import pytest
import typer
from prometheus_client import CollectorRegistry, Counter
from pydantic import BaseModel
from reference import cli, problem_types, settings

import proctor_hub
from proctor_hub import hookspecs
from proctor_hub.contract_versions import hookspec
from proctor_hub.errors import ProctorHubError
from proctor_hub.jobs.gauges import GAUGES
from proctor_hub.metrics import PREFIX, REGISTRY
from proctor_hub.settings import HubSettings
from tests.docs import gaps
from tests.docs.pages import DOCS

OPENAPI = json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))


def test_every_hook_has_a_docstring_a_version_and_its_exact_signature() -> None:
    assert gaps.of_hooks() == []


def test_every_setting_has_a_meaning() -> None:
    assert gaps.of_settings() == []
    assert gaps.of_plugin_settings() == []


def test_every_command_argument_and_option_has_help() -> None:
    assert gaps.of_commands() == []


def test_every_command_is_named_in_a_how_to() -> None:
    assert gaps.of_how_tos() == []


def test_every_error_and_every_problem_type_is_listed() -> None:
    assert gaps.of_errors() == []
    codes = {one.code for one in problem_types.special()}
    assert {"attempt_not_found", "vendor_token", "unmatched", "no_such_path"} <= codes


def test_every_event_effect_field_and_mail_is_listed() -> None:
    assert gaps.of_events() == []


def test_every_metric_is_listed() -> None:
    list(problem_types.modules())  # wherever a metric is made, it is made now
    assert gaps.of_metrics(REGISTRY) == []


def test_every_operation_of_the_http_api_is_listed() -> None:
    assert gaps.of_paths(OPENAPI) == []


def test_every_permission_is_listed() -> None:
    assert gaps.of_permissions() == []


def test_every_public_name_is_described() -> None:
    assert gaps.of_door() == []


# Each of them can fail.


def test_a_hook_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    def new_hook(self: object, word: str) -> None:
        """It has a docstring, and no entry."""

    def report_label(self: object, status: object) -> str | None:
        raise NotImplementedError

    monkeypatch.setattr(hookspecs.VendorSpec, "new_hook", hookspec(since="0.2")(new_hook), False)
    monkeypatch.setattr(hookspecs.VendorSpec, "report_label", hookspec(since="0.1")(report_label))
    assert gaps.of_hooks() == ["new_hook", "report_label"]


def test_a_setting_is_missed_in_a_table_nobody_described(monkeypatch: pytest.MonkeyPatch) -> None:
    class Colour(BaseModel):
        shade: str = "red"

    class Bigger(HubSettings):
        colour: Colour = Colour()

    found = gaps.of_settings(Bigger)
    assert {"Bigger.colour", "Colour.shade"} <= set(found)
    meanings = {**settings.MEANINGS[HubSettings], "threads": ""}
    monkeypatch.setitem(settings.MEANINGS, HubSettings, meanings)  # type: ignore[arg-type]
    assert gaps.of_settings() == ["HubSettings.threads"]


def test_a_command_and_an_option_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = typer.Typer(add_completion=False)

    @app.command()
    def paint(colour: str = "red") -> None:
        """Paint it."""

    known = cli.commands()
    monkeypatch.setattr(cli, "commands", lambda: {**known, "paint": typer.main.get_command(app)})
    assert gaps.of_commands() == ["paint", "paint --colour"]
    assert gaps.of_how_tos() == ["paint"]


def test_an_error_and_a_problem_type_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    class TooPale(ProctorHubError):
        code: ClassVar[str] = "too_pale"

    tree, special = problem_types.tree(), problem_types.special()
    monkeypatch.setattr(problem_types, "tree", lambda: [*tree, TooPale])
    new = problem_types.ProblemType("pale_here", "409", "too pale")
    monkeypatch.setattr(problem_types, "special", lambda: [*special, new])
    assert gaps.of_errors() == ["TooPale", "pale_here"]


def test_codes_are_found_where_refusals_are_made(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "painting.py"
    file.write_text(
        "from proctor_hub.services.errors import Conflict, NotFound\n"
        "WET = 'paint_wet'\n"
        "def paint(name):\n"
        "    if not name:\n"
        "        raise NotFound('wall', name)\n"
        "    raise Conflict(f'{name} is wet', code=WET)\n"
    )
    spec = spec_from_file_location("painting", file)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(problem_types, "modules", lambda: [module])
    found = {one.code: (one.status, one.says) for one in problem_types.special()}
    assert found["wall_not_found"] == ("404", "there is no wall … here")
    assert found["paint_wet"] == ("409", "… is wet")


def test_an_event_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Colours(enum.StrEnum):
        PAINTED = "painted"

    for kind in ("EventType", "CreditStatus"):
        monkeypatch.setattr(gaps, kind, Colours)
    assert gaps.of_events() == ["painted", "painted"]


def test_a_metric_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    registry = CollectorRegistry()
    Counter(f"{PREFIX}_paints", "Paints.", registry=registry)
    assert gaps.of_metrics(registry) == [f"{PREFIX}_paints_total"]
    monkeypatch.setitem(GAUGES, "wet", next(iter(GAUGES.values())))  # type: ignore[arg-type]
    assert gaps.of_metrics(CollectorRegistry()) == ["wet"]


def test_an_operation_is_missed() -> None:
    new = {"/api/v1/paint": {"post": {"summary": "Paint"}, "get": {}}}
    assert gaps.of_paths({"paths": new}) == ["POST /api/v1/paint", "GET /api/v1/paint"]


def test_a_permission_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    class More(enum.StrEnum):
        PAINT = "paint the walls"

    monkeypatch.setattr(gaps, "Permission", More)
    assert gaps.of_permissions() == ["PAINT"]


def test_a_public_name_is_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Paint:
        def dry(self) -> None: ...

    monkeypatch.setattr(Paint, "__module__", "proctor_hub.paint")
    monkeypatch.setattr(proctor_hub, "Paint", Paint, raising=False)
    monkeypatch.setattr(proctor_hub, "__all__", [*proctor_hub.__all__, "Paint"])
    assert gaps.of_door() == ["proctor_hub.Paint", "Paint.dry"]
