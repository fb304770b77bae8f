"""The code of a new plugin is as good as the hub's own, and says nothing that is not so."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from proctor_hub.scaffold import Names, Protocol, write
from tests.docs.pages import ROOT
from tests.scaffold.conftest import LONG, Written

MINUTE = 220
"""Lines that are read in a minute or two; the templates' own limit."""


def tool(folder: Path, *arguments: str) -> None:
    """Run a tool over a new plugin; it must have nothing to say."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stdout + done.stderr


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("protocol", Protocol)
@pytest.mark.parametrize("name", ["x", "acme", LONG])
def test_ruff_has_nothing_to_say(tmp_path: Path, name: str, protocol: Protocol) -> None:
    folder = write(Names(name), protocol, tmp_path)
    config = str(ROOT / "pyproject.toml")
    tool(folder, "ruff", "check", "--config", config, ".")
    tool(folder, "ruff", "format", "--check", "--config", config, ".")


def test_mypy_has_nothing_to_say(plugin: Written) -> None:
    config = plugin.folder.parent / "mypy.ini"
    config.write_text("[mypy]\nstrict = true\n")
    cache = str(plugin.folder.parent / "mypy-cache")
    tool(
        plugin.folder, "mypy", "--config-file", str(config), "--cache-dir", cache,
        plugin.package, "tests",
    )  # fmt: skip


def test_nothing_is_left_of_the_templates_words(plugin: Written) -> None:
    for path in plugin.folder.rglob("*"):
        assert not re.search(r"some.?vendor|tmpl", path.name, re.I)
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"some.?vendor|SOME_RANGE|acme-labs", text, re.I), path
            assert len(text.splitlines()) <= MINUTE, path


def test_the_sandbox_shares_no_code_with_plugin_or_hub(plugin: Written) -> None:
    for file in (plugin.folder / plugin.package / "sandbox").glob("*.py"):
        for name in imports_of(file):
            assert not name.startswith(("..", "proctor_hub")), (file.name, name)


def test_plugin_and_tests_use_the_public_door_only(plugin: Written) -> None:
    for file in plugin.folder.rglob("*.py"):
        for name in imports_of(file):
            top, _, rest = name.partition(".")
            if top == "proctor_hub":
                assert rest.split(".")[0] in ("", "protocols", "testing"), (file.name, name)


def test_it_works_with_this_minor_version_and_the_next(plugin: Written) -> None:
    project = tomllib.loads(plugin.read("pyproject.toml"))["project"]
    own = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    major, minor = map(int, own["version"].split(".")[:2])
    assert major == 0, "from 1.0 on the policy is another one"
    assert f"proctor-hub>=0.{minor},<0.{minor + 2}" in project["dependencies"]


def test_the_readme_has_every_setting_and_every_file(
    plugin: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(plugin.folder))
    (point,) = tomllib.loads(plugin.read("pyproject.toml"))["project"]["entry-points"][
        "proctor_hub.vendors"
    ].values()
    module, _, name = point.partition(":")
    settings = getattr(import_module(module), name).Settings
    text = plugin.read("README.md")
    table = text.partition("## Settings")[2].partition("```")[0]
    told = {key for row in re.findall(r"^\| (`.*?) \|", table, re.M)
            for key in re.findall(r"`(\w+)`", row)}  # fmt: skip
    assert told == {"plugin", *settings.model_fields}
    for path in plugin.folder.rglob("*.py"):
        where = path.relative_to(plugin.folder).as_posix()
        named = re.findall(r"^\| `([^`]+)` \|", text, re.M)
        assert path.name == "__init__.py" or any(where.startswith(one) for one in named), where


def test_the_readme_says_where_the_documentation_is(plugin: Written) -> None:
    named = re.findall(r"`(docs/[^`]+)`", plugin.read("README.md"))
    assert named
    assert all((ROOT / page).is_file() for page in named)


def test_the_demo_plays_the_vendor_in_every_way_the_start_page_offers(plugin: Written) -> None:
    vendors = tomllib.loads(plugin.read("demo/vendors.toml"))
    assert list(vendors) == [plugin.names.name]
    (account,) = vendors.values()
    assert {"ready", "review", "down", "up"} <= set(account["commands"])
    assert {"clean", "violation", "suspicious", "not_reviewed"} <= set(account["reviews"])
    roster = csv.DictReader(plugin.read("demo/roster.csv").splitlines())
    (course,) = tomllib.loads(plugin.read("demo/plan.toml"))["courses"]
    assert {row["course_id"] for row in roster} == {course["course_id"]}
