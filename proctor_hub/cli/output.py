"""What commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from proctor_hub.services.paging import Page

T = TypeVar("T")
AsJson = Annotated[bool, typer.Option("--json", help="For scripts: JSON on standard output.")]
_WIDE = 240


def print_json(value: Any) -> None:
    """Print ``value`` as one JSON document; dataclasses become objects."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=_plain))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table; into a file or pipe it is not broken to a terminal's width.

    A terminal too narrow for the longest words of the columns gets each row as a block of its own,
    and `none` where there is no row.
    """
    console = Console()
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console = Console(width=_WIDE)
    cells = [[Text(shown(cell), overflow="fold") for cell in row] for row in rows]
    table = Table(*columns, box=box.SIMPLE, pad_edge=False)
    for row in cells:
        table.add_row(*row)
    if Measurement.get(console, console.options.update(max_width=_WIDE), table).minimum <= (
        console.width
    ):
        console.print(table)
        return
    if not cells:
        console.print("none")
    for row in cells:
        console.print(_block(columns, row))


def _block(columns: Sequence[str], row: Sequence[Text]) -> Table:
    block = Table.grid(padding=(0, 2))
    for name, cell in zip(columns, row, strict=True):
        block.add_row(Text(name, style="bold", no_wrap=True), cell)
    block.add_row("", "")
    return block


def shown(value: object) -> str:
    """One value as people read it; nothing in it can steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%SZ")
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\n" else "�" for c in value)
    if isinstance(value, Iterable):
        return ", ".join(sorted(map(str, value)))
    return str(value)


def every(fetch: Callable[[str | None], Page[T]]) -> list[T]:
    """All items of a paged list; ``fetch`` takes a cursor."""
    found: list[T] = []
    cursor: str | None = None
    while True:
        page = fetch(cursor)
        found.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return found


def as_object(value: Any, *without: str) -> dict[str, Any]:
    """A dataclass value as a JSON object, ``without`` some of its fields."""
    return {f.name: getattr(value, f.name) for f in fields(value) if f.name not in without}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if is_dataclass(value) and not isinstance(value, type):
        return as_object(value)
    if isinstance(value, frozenset | set):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
