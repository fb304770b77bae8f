"""A reader of a tutorial: starts in an empty folder and does what the page says, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from proctor_hub.demo.processes import free_port
from tests.docs.steps import Command, File, Wrong, steps_of
from tests.docs.terminal import PATIENCE, wait_for

_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+|(?<=--port )\d+")
_OURS = ("PROCTOR_HUB_", "PYTEST_", "VIRTUAL_ENV")


@dataclass(kw_only=True)
class Terminal:
    """A shell: folder and environment stay from one command to the next.

    :param notes: a folder for what is kept between them, not the reader's.
    """

    folder: Path
    environment: Mapping[str, str]
    notes: Path

    def run(self, command: str) -> tuple[int, str]:
        """A command to its end: its status, and what it printed."""
        script = f'{command}\nended=$?\npwd >"$NOTES"/pwd\nenv -0 >"$NOTES"/env\nexit $ended\n'
        done = subprocess.run(
            ["bash", "-c", script], cwd=self.folder,
            env={**self.environment, "NOTES": str(self.notes)}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE,
        )  # fmt: skip
        self.folder = Path((self.notes / "pwd").read_text(encoding="utf-8").strip())
        told = (self.notes / "env").read_text(encoding="utf-8").split("\0")
        self.environment = dict(one.split("=", 1) for one in told if one)
        return done.returncode, done.stdout

    def begin(self, command: str, log: Path) -> subprocess.Popen[bytes]:
        """A command that goes on by itself."""
        with log.open("wb") as told:
            return subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=self.folder, env=dict(self.environment),
                stdin=subprocess.DEVNULL, stdout=told, stderr=told,
            )  # fmt: skip


class Reader:
    """Does a page's steps; what goes on in other terminals is ended with the ``with`` block.

    A port that the page names is another one here, the same wherever it is named: two readers do
    not get into each other's way.

    :param folder: where the reader begins. :param notes: ours.
    """

    def __init__(self, folder: Path, notes: Path, more: Mapping[str, str]) -> None:
        """Nothing is done yet. ``more``: of the environment."""
        self._start, self._notes = folder, notes
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        # Not with the programs of the tests' own environment.
        own, base = (str(Path(one).parent) for one in (sys.executable, _base_python()))
        path = [base, *(one for one in kept["PATH"].split(os.pathsep) if one != own)]
        # As wide as the pages' outputs, wherever the tests run.
        wide = {"COLUMNS": "200"}
        self._environment = {**kept, "PATH": os.pathsep.join(path), **wide, **more}
        self._terminal = self._new_terminal()
        self._ports: dict[str, str] = {}
        self._servers = ExitStack()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close the other terminals."""
        self._servers.close()

    def does(self, page: str) -> int:
        """All steps of a page's text; how many there were.

        :raises Wrong: one does not go as the page says.
        """
        steps = steps_of(page)
        elsewhere: Terminal | None = None
        for step in steps:
            if isinstance(step, File):
                file = self._terminal.folder / step.path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(self._here(step.text), encoding="utf-8")
            elif step.answers:
                self._goes_on(step, elsewhere or self._new_terminal())
                elsewhere = None
            elif step.elsewhere:
                elsewhere = elsewhere or self._new_terminal()
                self._runs(step, elsewhere)
            else:
                self._runs(step, self._terminal)
        return len(steps)

    def _new_terminal(self) -> Terminal:
        return Terminal(folder=self._start, environment=self._environment, notes=self._notes)

    def _here(self, text: str) -> str:
        return _PORT.sub(lambda found: self._ports.setdefault(found[0], str(free_port())), text)

    def _runs(self, step: Command, terminal: Terminal) -> None:
        status, told = terminal.run(self._here(step.text))
        what = f"line {step.line}, `{step.text}`"
        if (status != 0) is not step.fails:
            raise Wrong(f"{what} ended with {status}:\n{told[-6000:]}")
        lines = iter([_spaced(one) for one in told.splitlines()])
        for wanted in (self._here(one) for one in step.prints):
            like = re.compile(".*".join(map(re.escape, _spaced(wanted).split("…"))))
            if not any(like.fullmatch(one) for one in lines):
                raise Wrong(f"{what} does not print, or not here: {wanted}\n{told[-6000:]}")

    def _goes_on(self, step: Command, terminal: Terminal) -> None:
        log = self._notes / f"{step.line}.log"
        process = terminal.begin(self._here(step.text), log)
        self._servers.callback(process.wait, 60)  # a hub drains first
        self._servers.callback(process.terminate)
        url = self._here(step.answers)
        try:
            wait_for(url, process)
        except AssertionError as error:
            told = log.read_text(encoding="utf-8")
            raise Wrong(f"line {step.line}: {error}\n{told[-6000:]}") from None


def _base_python() -> str:
    """The Python that the tests' environment was made with."""
    return str(getattr(sys, "_base_executable", sys.executable))


def _spaced(line: str) -> str:
    return " ".join(line.split())
