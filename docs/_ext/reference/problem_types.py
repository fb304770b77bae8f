"""Every type of problem document the hub answers, read from where the code makes them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import proctor_hub
from proctor_hub.errors import ProctorHubError
from proctor_hub.services.errors import NotFound, ServiceError
from proctor_hub.vendors.receiving import CallbackOutcome
from proctor_hub.web.problems import FRAMEWORK_CODES

_NOT_PART_OF_IT = ("proctor_hub.storage.migrations", "proctor_hub.testing")
_FILLED_IN = re.compile(r"%\(\w+\)s")
_CUT = 160
_OTHER = {"http_error": "any other"}


@dataclass(frozen=True, slots=True, order=True)
class ProblemType:
    """``code``: after ``/problems/``. ``status``: of the answer. ``says``: its sentence."""

    code: str
    status: str
    says: str


def modules() -> Iterator[Any]:
    """Every module of the host, imported."""
    root = Path(str(proctor_hub.__file__)).parent
    for found in pkgutil.walk_packages([str(root)], "proctor_hub."):
        if not found.name.startswith(_NOT_PART_OF_IT) and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def tree() -> list[type[ProctorHubError]]:
    """Every class of error in the host, depth first."""
    names = {module.__name__ for module in modules()}

    def below(root: type[ProctorHubError]) -> list[type[ProctorHubError]]:
        # In the order of the source, whatever was imported first.
        own = sorted(
            root.__subclasses__(),
            key=lambda one: (one.__module__ != root.__module__, one.__module__),
        )
        found = [one for sub in own for one in below(sub)]
        return [root, *(one for one in found if one.__module__ in names)]

    return list(dict.fromkeys(below(ProctorHubError)))


def special() -> list[ProblemType]:
    """Types that no class of error has for its own: codes given where a refusal is made."""
    found: dict[str, ProblemType] = {}
    for module in modules():
        for call in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                for one in _of_call(module, call):
                    found.setdefault(one.code, one)
    refused = {**{code: str(status) for status, code in FRAMEWORK_CODES.items()}, **_OTHER}
    says = "no path, no method or no body that the hub takes"
    found |= {code: ProblemType(code, status, says) for code, status in refused.items()}
    codes = {error.code for error in tree()}
    return sorted(one for one in found.values() if one.code not in codes and one.status != "200")


def _of_call(module: Any, call: ast.Call) -> Iterator[ProblemType]:
    kind = _value(module, call.func)
    given = {one.arg: one.value for one in call.keywords}
    if kind is CallbackOutcome:
        code, status = _text(module, given["code"]), _text(module, given["status"])
        if code:
            says = "to a vendor's call: " + _said(given.get("detail"))
            yield ProblemType(code, status or "as the plugin says", says)
    elif kind is NotFound:
        named = _text(module, call.args[0])
        if named:
            says = f"there is no {named} … here"
            yield ProblemType(f"{named.replace(' ', '_')}_not_found", "404", says)
    elif isinstance(kind, type) and issubclass(kind, ServiceError) and "code" in given:
        code = _text(module, given["code"])
        if code:
            yield ProblemType(code, str(kind.status), _said(call.args[0]))
    elif getattr(kind, "__name__", "") == "problem" and len(call.args) > 2:
        code = _text(module, call.args[1])
        if code:
            yield ProblemType(code, _text(module, call.args[0]), _said(call.args[2]))


def _value(module: Any, node: ast.expr) -> Any:
    """What a name or an attribute of one is in the module; None: a local matter."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute):
        return getattr(_value(module, node.value), node.attr, None)
    return node.value if isinstance(node, ast.Constant) else None


def _text(module: Any, node: ast.expr) -> str:
    """A constant's text; empty: it is computed from something that is listed itself."""
    found = _value(module, node)
    return str(found) if isinstance(found, str | int) else ""


def _said(node: ast.expr | None) -> str:
    """The sentence as the source has it, with … for what is filled in."""
    if isinstance(node, ast.Call) and node.args:
        return _said(node.args[0])
    if isinstance(node, ast.JoinedStr):
        parts = (one.value if isinstance(one, ast.Constant) else "…" for one in node.values)
        said = "".join(map(str, parts))
    elif isinstance(node, ast.Constant):
        said = _FILLED_IN.sub("…", str(node.value))
    else:
        said = "…"
    return said if len(said) <= _CUT else f"{said[:_CUT].rpartition(' ')[0]} …"
