"""Floor 0 stays floor 0: the standard library, itself and the error tree; no clock, no I/O."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import proctor_hub.domain

MODULES = sorted(Path(proctor_hub.domain.__file__ or "").parent.glob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_imports(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            own = name.startswith("proctor_hub.domain") or name == "proctor_hub.errors"
            assert own or name.split(".")[0] in sys.stdlib_module_names, name
            assert name.split(".")[0] not in {"time", "os", "io", "socket", "random", "pathlib"}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.stem)
def test_no_clock(path: Path) -> None:
    calls = {
        node.func.attr
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not calls & {"now", "utcnow", "today"}
