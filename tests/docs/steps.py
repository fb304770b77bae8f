"""The steps of a tutorial, read from the page's own text; :mod:`tests.docs.reader` does them.

What stands on a page, and what it is:

- a block ``console``: each line after ``$`` is a command, run in one terminal, which keeps folder
  and environment. It must succeed, and print the lines that follow it, in their order; ``…``
  stands for anything, and how many spaces there are does not matter.
- the comment ``<!-- fails -->`` before the block: its last command must fail.
- the comment ``<!-- another terminal: ADDRESS -->``: the block is typed into a new terminal. Its
  last command goes on until the page ends; the next step waits until ADDRESS answers.
- any other block is a whole file. The paragraph before it ends with its path and a colon.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ELSEWHERE = re.compile(r"<!-- another terminal: (\S+) -->")
_FAILS = "<!-- fails -->"


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that the reader writes."""

    line: int
    path: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """What the reader types, and what the page says that it prints.

    ``answers``: in another terminal; the address that answers once the command is up.
    """

    line: int
    text: str
    prints: tuple[str, ...] = ()
    fails: bool = False
    elsewhere: bool = False
    answers: str = ""


Step = File | Command


class Wrong(AssertionError):
    """What the page says is not so; with its line."""


def steps_of(text: str) -> list[Step]:
    """The steps of a page.

    :raises Wrong: a block is neither a file nor commands.
    """
    return [step for block, before, note in _blocks(text) for step in _steps(block, before, note)]


def _blocks(text: str) -> Iterator[tuple[Token, str, str]]:
    """Each block of code with the paragraph and the comment before it."""
    paragraph, comment = "", ""
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "inline":
            paragraph, comment = token.content, ""
        elif token.type == "html_block":
            comment = token.content.strip()
        elif token.type in ("fence", "code_block"):
            yield token, paragraph, comment
            paragraph, comment = "", ""


def _steps(block: Token, before: str, note: str) -> list[Step]:
    line = block.map[0] + 1 if block.map else 0
    if block.info == "console":
        return list(_commands(block.content, line, note))
    path = re.search(r"`([^`]+)`:$", before)
    if path is None:
        raise Wrong(f"line {line}: neither commands nor a file whose path stands before it")
    return [File(line=line, path=path[1], text=block.content)]


def _commands(text: str, line: int, note: str) -> Iterator[Command]:
    elsewhere = _ELSEWHERE.fullmatch(note)
    if note and not (elsewhere or note == _FAILS):
        raise Wrong(f"line {line}: nobody knows what {note} means")
    found: list[Command] = []
    for at, one in enumerate(text.splitlines(), line + 1):
        if one.startswith("$ "):
            found.append(Command(line=at, text=one[2:], elsewhere=bool(elsewhere)))
        elif found:
            found[-1] = replace(found[-1], prints=(*found[-1].prints, one))
        else:
            raise Wrong(f"line {at}: output without a command")
    if not found:
        raise Wrong(f"line {line}: no command")
    answers = elsewhere[1] if elsewhere else ""
    last = replace(found.pop(), fails=note == _FAILS, answers=answers)
    if last.answers and last.prints:
        raise Wrong(f"line {last.line}: what goes on is not compared")
    yield from (*found, last)
