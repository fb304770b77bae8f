"""Checks of what comes from outside, before any database sees it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from proctor_hub.domain.told import noted, told
from proctor_hub.services.errors import Invalid

TEXT_MAX = 500
LONG_TEXT_MAX = 10_000
ID_MAX = 255


def text_problem(value: str, *, longest: int = TEXT_MAX, empty: bool = True) -> str | None:
    """What is wrong with a text, as a clause; None where nothing is.

    NUL and lone surrogates are refused: PostgreSQL cannot store them.
    """
    if not empty and not value.strip():
        return noted("must not be empty")
    if len(value) > longest:
        return told("must not be longer than %(longest)s characters", longest=longest)
    if not storable(value):
        return noted("has characters that cannot be stored")
    return None


def storable(value: str) -> bool:
    """Whether a database can hold the text at all; what cannot be stored names nothing."""
    if "\0" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def cleaned(value: str, *, longest: int | None = None) -> str:
    """The text without what no database can hold (NUL, lone surrogates), cut to ``longest``.

    For what a vendor or a browser says and nobody could correct: it is kept, not refused.
    """
    return value[:longest].encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def ensure_fields(
    values: Mapping[str, Any], *, required: Iterable[str] = (), long: Iterable[str] = ()
) -> None:
    """Check every text and date-time in ``values`` at once.

    :param required: fields that must not be empty, where they are given.
    :param long: texts that may have 10 000 characters instead of 500.
    :raises Invalid: with the paths of all fields that are wrong.
    """
    must, longer = set(required), set(long)
    found: dict[str, str] = {}
    for name, value in values.items():
        problem = None
        if isinstance(value, str):
            longest = LONG_TEXT_MAX if name in longer else TEXT_MAX
            problem = text_problem(value, longest=longest, empty=name not in must)
        elif isinstance(value, datetime) and value.tzinfo is None:
            problem = noted("needs a time zone")
        if problem:
            found[name] = problem
    refuse(found)


def ensure_id(name: str, value: str) -> None:
    """Check an id that somebody else chose, before anything is known under it.

    It becomes a part of a path, and one or two dots there are the way up, for every client.

    :raises Invalid: naming the field ``name``.
    """
    problem = text_problem(value, longest=ID_MAX, empty=False)
    if problem is None and value in (".", ".."):
        problem = noted("must not be one or two dots alone")
    refuse({name: problem} if problem else {})


def refuse(problems: Mapping[str, str]) -> None:
    """Raise :class:`Invalid` where there are problems, by field path."""
    if problems:
        raise Invalid(
            noted("Some fields cannot be accepted; nothing was changed."), fields=problems
        )
