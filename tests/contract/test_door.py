"""What the documentation and the shipped plugins import of the host is the contract, all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.facts import doors
from tests.docs.pages import ROOT, all_pages, blocks

HOST = "proctor_hub"
STATEMENT = re.compile(
    r"^(?:from proctor_hub[\w.]* import (?:\([^)]*\)|.*)|import .*)$", re.MULTILINE
)
"""Pages show excerpts that are no whole programs."""


def imports(source: str) -> Iterator[tuple[str, str]]:
    """Module and name of everything a source imports from the host."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == HOST:
            yield from ((str(node.module), one.name) for one in node.names)
        elif isinstance(node, ast.Import):
            named = (one.name for one in node.names)
            yield from ((name, "") for name in named if name.partition(".")[0] == HOST)


def strangers(source: str) -> list[str]:
    """What a source imports that is not in the public door."""
    public = {(door.__name__, name) for door in doors() for name in ("", "__version__")}
    public |= {(door.__name__, name) for door in doors() for name in door.__all__}
    return [f"{module}:{name}" for module, name in imports(source) if (module, name) not in public]


FILES = [
    *ROOT.glob("plugins/*/proctor_hub_*/**/*.py"),
    *ROOT.glob("plugins/*/tests/test_conformance.py"),
    *ROOT.glob("docs/how-to/code/*_plugin/**/*.py"),
    *ROOT.glob("tests/contract/plugins/**/*.py"),
]


@pytest.mark.parametrize("file", [pytest.param(one, id=str(one.name)) for one in FILES])
def test_plugins_import_the_door_alone(file: Path) -> None:
    assert strangers(file.read_text(encoding="utf-8")) == []


def test_pages_tell_authors_to_import_the_door_alone() -> None:
    found = {}
    for page in all_pages():
        shown = "\n".join(
            one for block in blocks(page, "python") for one in STATEMENT.findall(block)
        )
        if shown:
            found[page.name] = strangers(shown)
    assert {name: what for name, what in found.items() if what} == {}
    assert {"README.md", "languages.md", "first-plugin.md"} <= set(found)


def test_an_import_from_elsewhere_is_found() -> None:
    source = (
        "import proctor_hub.app\nfrom proctor_hub.vendors.host import VendorHost\n"
        "from proctor_hub import VendorSettings, Nonsense\nfrom proctor_hub_acme import plugin\n"
    )
    assert strangers(source) == [
        "proctor_hub.app:",
        "proctor_hub.vendors.host:VendorHost",
        "proctor_hub:Nonsense",
    ]
