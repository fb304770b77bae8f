"""The reference pages are written from the code, are current, and leave nothing out."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import generate
import pytest
from reference import diagram, events, moves

from proctor_hub import hookspecs
from proctor_hub.domain.moves import MOVES
from proctor_hub.transports import contract as transports
from proctor_hub.vendors import observers
from proctor_hub.vendors.results import HOOKS
from tests.docs.pages import DOCS, ROOT, read

ALL_HOOKS = sorted({*HOOKS, *observers.HOOKS, *transports.HOOKS})


@pytest.mark.parametrize("name", sorted(generate.PAGES))
def test_a_generated_page_is_as_the_code_says(name: str) -> None:
    written = (DOCS / name).read_text(encoding="utf-8")
    remedy = "run .venv/bin/python docs/_ext/generate.py"
    assert written == generate.PAGES[name](), f"docs/{name} is stale: {remedy}"


def _signatures(module: Path) -> dict[str, str]:
    """Hook → signature, from the source, on one line without spaces after brackets."""
    found = {}
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef) and node.name in ALL_HOOKS:
            found[node.name] = f"def {node.name}({ast.unparse(node.args)}) -> " + ast.unparse(
                node.returns or ast.Constant(value=None)
            )
    return found


def test_every_hook_is_documented_with_its_exact_signature() -> None:
    wanted = _signatures(Path(str(hookspecs.__file__)))
    for module, spec in (
        (observers, observers.ObserverSpec),
        (transports, transports.TransportSpec),
    ):
        found = _signatures(Path(str(module.__file__)))
        wanted |= {name: line for name, line in found.items() if hasattr(spec, name)}
    assert sorted(wanted) == ALL_HOOKS
    page = re.sub(r",?\s+\)", ")", re.sub(r"\(\s+", "(", read("reference/hooks.md")))
    page = re.sub(r"[ \n]+", " ", page)
    missing = [line for line in wanted.values() if f"{line.replace('(, ', '(')} " not in page]
    assert not missing


def test_every_hook_is_in_the_diagram_of_their_order() -> None:
    diagram_of_hooks = str(hookspecs.__doc__).partition("::\n")[2].partition("\n\nEach ")[0]
    drawn = set(re.findall(r"[a-z]+(?:_[a-z]+)+", diagram_of_hooks))
    assert drawn == set(HOOKS)


def test_every_hook_is_named_in_a_test() -> None:
    files = [*ROOT.glob("tests/**/test_*.py"), *ROOT.glob("plugins/*/tests/**/test_*.py")]
    texts = [file.read_text(encoding="utf-8") for file in files if "docs" not in file.parts]
    words = {word for text in texts for word in re.findall(r"\w+", text)}
    assert sorted(set(ALL_HOOKS) - words) == []


def test_every_move_is_in_the_table_and_in_the_picture() -> None:
    table = read("reference/statuses.md")
    picture = diagram.build()
    for start, end in MOVES:
        assert f"| `{start}` | `{end}` |" in table
        if start in diagram._ENDS or end in diagram._ENDS:
            continue
        one, other = diagram.node_of(start), diagram.node_of(end)
        assert f"{one} to {other}<" in picture or f"{other} to {one}<" in picture
    for end in diagram._ENDS:
        assert all(f">{note}<" in picture for note in diagram.notes(end))


def test_a_row_of_the_table_names_only_types_its_causes_exist_for() -> None:
    for rows in MOVES.values():
        for row in rows:
            assert moves.types_of(row), f"{row} can never happen"


def test_the_events_page_describes_the_payload() -> None:
    assert events.payload_keys() == set(events.FIELDS)
