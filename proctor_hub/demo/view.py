"""What a person watching the demo sees: live in a terminal, plain lines everywhere else."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

LAST = 10
"""So many lines of the running scene are shown."""


class View:
    """Shows scenes and their lines as they come true; a context manager."""

    def __init__(self, scenes: Sequence[str], console: Console | None = None) -> None:
        """``scenes``: all titles, to show what is still to come."""
        self._console = console or Console(highlight=False)
        self._scenes = list(scenes)
        self._done: dict[str, tuple[int, float]] = {}
        self._current = ""
        self._lines: deque[str] = deque(maxlen=LAST)
        self._count = 0
        self._began = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live = Live(
                self._picture(), console=self._console, refresh_per_second=8, transient=True
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()
            self._console.print(self._scene_table())

    def scene(self, title: str) -> None:
        """A scene begins."""
        self._current, self._count, self._began = title, 0, time.monotonic()
        self._lines.clear()
        self._show(Text(f"\n{title}", style="bold"))

    def line(self, text: str) -> None:
        """A line came true."""
        self._count += 1
        self._lines.append(text)
        self._show(Text(f"  ✓ {text}"))

    def scene_done(self) -> None:
        """All lines of the scene came true."""
        self._done[self._current] = (self._count, time.monotonic() - self._began)
        self._update()

    def _show(self, plain: Text) -> None:
        if self._live is None:
            self._console.print(plain)
        else:
            self._update()

    def _update(self) -> None:
        if self._live is not None:
            self._live.update(self._picture())

    def _picture(self) -> RenderableType:
        lines = Text("\n".join(f"✓ {line}" for line in self._lines))
        return Group(self._scene_table(), Padding(lines, (1, 4)))

    def _scene_table(self) -> Table:
        table = Table(box=None, show_header=False, pad_edge=False)
        for title in self._scenes:
            if title in self._done:
                count, seconds = self._done[title]
                table.add_row(
                    Text("✓", style="green"), title, f"{count} checks", f"{seconds:.1f} s"
                )
            elif title == self._current:
                table.add_row(Text("▶", style="yellow"), Text(title, style="bold"), "", "")
            else:
                table.add_row("·", Text(title, style="dim"), "", "")
        return table


def summary(
    console: Console, title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]
) -> None:
    """Print a closing table."""
    table = Table(*heads, title=title, title_justify="left", box=box.SIMPLE, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
