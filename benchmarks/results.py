"""Figures: kept as JSON lines, shown as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from rich.console import Console
from rich.table import Table

OUT = Path(__file__).with_name("out")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured number.

    ``at_least`` and ``at_most`` are the targets of issue 2, where there is one. ``database``:
    ``sqlite``, ``postgresql`` or empty. ``detail``: how it was measured, or where the time goes.
    """

    part: str
    name: str
    value: float
    unit: str
    database: str = ""
    at_least: float | None = None
    at_most: float | None = None
    detail: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None without one."""
        if self.at_least is not None:
            return self.value >= self.at_least
        if self.at_most is not None:
            return self.value <= self.at_most
        return None


class Notebook:
    """Takes figures as they come: each one is a JSON line at once, in a file and on ``stream``."""

    def __init__(self, stream: TextIO) -> None:
        OUT.mkdir(exist_ok=True)
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        self.path = OUT / f"{stamp}.jsonl"
        self.figures: list[Figure] = []
        self._stream = stream

    def add(self, figures: Iterable[Figure]) -> None:
        """Keep and print the figures."""
        with self.path.open("a", encoding="utf-8") as file:
            for figure in figures:
                line = json.dumps({**asdict(figure), "met": figure.met}, ensure_ascii=False)
                file.write(line + "\n")
                print(line, file=self._stream, flush=True)
                self.figures.append(figure)

    def table(self, console: Console) -> None:
        """All figures so far, one row each."""
        table = Table(title="proctor_hub benchmarks")
        for name in ("part", "database", "figure"):
            table.add_column(name)
        table.add_column("value", justify="right")
        table.add_column("target", justify="right")
        table.add_column("met")
        table.add_column("how", overflow="fold")
        for figure in self.figures:
            table.add_row(
                figure.part,
                figure.database,
                figure.name,
                f"{_number(figure.value)} {figure.unit}",
                _target(figure),
                {True: "[green]yes", False: "[red]no", None: ""}[figure.met],
                figure.detail,
            )
        console.print(table)


def _target(figure: Figure) -> str:
    if figure.at_least is not None:
        return f"≥ {_number(figure.at_least)}"
    return "" if figure.at_most is None else f"≤ {_number(figure.at_most)}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
