"""Docstrings and tables as Markdown."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from typing import Any

_ROLE = re.compile(r":[a-z]+:`(?:[^`<]*<)?~?(?P<path>[^`<>]+)>?`")
_FIELD = re.compile(r"^:(?P<kind>param|raises|return|[ci]var)\s*(?P<name>[^:]*):\s*")
_SENTENCES_FIELD = re.compile(r"(?<=\S) (?=:(?:param|raises|[ci]var) [^:]+: )")
NOTE = "<!-- Written by docs/_ext/generate.py from the code; change the code, not this page. -->"


def page(title: str, *parts: str) -> str:
    """A whole generated page."""
    return "\n\n".join([NOTE, f"# {title}", *(part.strip("\n") for part in parts)]) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; cells may hold anything but line breaks."""

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(header), line(["---"] * len(header)), *map(line, rows)])


def code(text: str) -> str:
    """An inline code span."""
    return f"`{text}`"


def codes(names: Iterable[str]) -> str:
    """Several code spans, with commas."""
    return ", ".join(map(code, names))


def prose(docstring: str | None) -> str:
    """A docstring of the house (reStructuredText, few constructs) as Markdown."""
    lines = _inline(inspect.cleandoc(docstring or "")).splitlines()
    lines = [part for line in lines for part in _SENTENCES_FIELD.split(line)]
    out: list[str] = []
    block: list[str] | None = None
    for line in lines:
        if block is not None:
            if not line.strip() or line.startswith(" "):
                block.append(line)
                continue
            out += _fenced(block)
            block = None
        if line.endswith("::"):
            out.append(line[:-1] if line != "::" else "")
            block = []
        elif field := _FIELD.match(line):
            if out and out[-1].strip() and not out[-1].startswith(("- ", "  ")):
                out.append("")
            out.append(f"- {_field(field)}{line[field.end() :]}")
        else:
            out.append(line)
    if block is not None:
        out += _fenced(block)
    return "\n".join(out).strip()


def sentence(docstring: str | None) -> str:
    """A docstring's first paragraph on one line, for table cells."""
    first = prose(docstring).split("\n\n")[0]
    return " ".join(first.split())


def member_docs(cls: type) -> dict[str, str]:
    """Attribute → the string literal that follows it in the class's source."""
    body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{cls!r} has no class statement")
    found: dict[str, str] = {}
    for one, following in zip(body.body, body.body[1:], strict=False):
        if not isinstance(following, ast.Expr) or not isinstance(following.value, ast.Constant):
            continue
        target = one.targets[0] if isinstance(one, ast.Assign) else getattr(one, "target", None)
        if isinstance(target, ast.Name):
            found[target.id] = inspect.cleandoc(str(following.value.value))
    return found


_STARS = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}


def signature(function: Callable[..., Any]) -> str:
    """Arguments and result as they stand in the source; long ones one argument a line."""
    found = inspect.signature(function)
    arguments: list[str] = []
    for one in found.parameters.values():
        if one.kind is one.KEYWORD_ONLY and "*" not in arguments:
            arguments.append("*")
        name = _STARS.get(one.kind, "") + one.name
        shown = name if one.annotation is one.empty else f"{name}: {one.annotation}"
        arguments.append(shown if one.default is one.empty else f"{shown} = {one.default!r}")
    line = f"({', '.join(arguments)}) -> {found.return_annotation}"
    if len(line) <= 80:
        return line
    inner = "".join(f"    {argument},\n" for argument in arguments)
    return f"(\n{inner}) -> {found.return_annotation}"


def literal_block(docstring: str | None) -> str:
    """The first literal block of a docstring, fenced."""
    _, _, rest = inspect.cleandoc(docstring or "").partition("::\n")
    taken = []
    for line in rest.splitlines():
        if line.strip() and not line.startswith(" "):
            break
        taken.append(line)
    return "\n".join(_fenced(taken)).strip()


def _field(field: re.Match[str]) -> str:
    kind, name = field["kind"], field["name"].strip().strip("`")
    if kind == "return":
        return "returns "
    short = ", ".join(code(part.strip().rsplit(".", 1)[-1]) for part in name.split(","))
    return f"raises {short}: " if kind == "raises" else f"{short}: "


def _inline(text: str) -> str:
    text = _ROLE.sub(lambda role: code(role["path"].rsplit(".", 1)[-1]), text)
    return text.replace("``", "`")


def _fenced(lines: list[str]) -> list[str]:
    inner = textwrap.dedent("\n".join(lines)).strip("\n")
    return ["", "```text", inner, "```", ""]
