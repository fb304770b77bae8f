"""Recorded exchanges with a vendor: what a file of them holds.

A :class:`Recording` is one JSON file: the hooks that were called in turn, what each came to, and
the HTTP exchanges each made. Secrets, people and addresses stand in it as names between guillemets,
such as ``«secret.client_secret»``; moments are told relative to :data:`MOMENT`. Make one with
``proctor-hub record``, have a plugin pass it with
:func:`proctor_hub.testing.recorded.replay.replay` (docs/how-to/record-and-replay.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from proctor_hub.errors import ConfigurationError

FORMAT = 1
MOMENT = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
"""When every recording was made, as its files tell it; the time of the host that replays one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the plugin sent.

    :param query: parameters of the URL. :param headers: lower-case names of those the plugin set;
        never values. :param body: ``{"json": …}``, ``{"form": …}``, ``{"text": …}``,
        ``{"binary": length}``; empty: none.
    """

    method: str
    url: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def where(self) -> str:
        """Method and URL."""
        return f"{self.method} {self.url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the vendor answered. ``headers``: those that mean something to a plugin."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedExchange:
    """A request and its answer; None: there was none (no connection, time-out, too large)."""

    request: Request
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call of a hook.

    :param call: the hook. :param attempt: which attempt it was about, from 1.
    :param meanwhile: what a person did at the vendor before. :param outcome: the class of what the
        hook answered, with its fields, or of the error it raised.
    """

    call: str
    attempt: int = 1
    meanwhile: tuple[str, ...] = ()
    exchanges: tuple[RecordedExchange, ...] = ()
    outcome: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One story with a vendor: of the account alone, or of an exam of one type.

    :param story: ``account`` or the exam's type.
    """

    story: str
    steps: tuple[Step, ...]

    def text(self) -> str:
        """The file."""
        steps = [_lean(asdict(step)) for step in self.steps]
        value = {"format": FORMAT, "story": self.story, "steps": steps}
        return json.dumps(value, indent=1, ensure_ascii=False) + "\n"


def load_recording(path: Path) -> Recording:
    """The recording in a file.

    :raises ConfigurationError: it is none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            raise ValueError(f"format {value['format']}; this version knows {FORMAT}")
        return Recording(story=value["story"], steps=tuple(map(_step, value["steps"])))
    except OSError as error:
        problem = str(error.strerror)
    except (ValueError, KeyError, TypeError) as error:
        problem = f"{type(error).__name__}: {error}"
    raise ConfigurationError(f"{path} is no recording ({problem}); record it again.")


def recordings_in(folder: Path) -> tuple[Path, ...]:
    """The files of a folder, by name.

    :raises ConfigurationError: there is none, so nothing would be tried.
    """
    found = tuple(sorted(folder.glob("*.json")))
    if not found:
        raise ConfigurationError(f"{folder} holds no recording (*.json); see `proctor-hub record`.")
    return found


def _lean(step: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: files are read by people."""
    for exchange in step["exchanges"]:
        for side, value in exchange.items():
            exchange[side] = value and {k: v for k, v in value.items() if v not in ({}, ())}
    return {k: v for k, v in step.items() if v or k not in ("exchanges", "meanwhile")}


def _step(value: Mapping[str, Any]) -> Step:
    exchanges = tuple(
        RecordedExchange(
            request=Request(
                **{**one["request"], "headers": tuple(one["request"].get("headers", ()))}
            ),
            answer=None if one["answer"] is None else Answer(**one["answer"]),
        )
        for one in value.get("exchanges", ())
    )
    meanwhile = tuple(value.get("meanwhile", ()))
    return Step(**{**value, "exchanges": exchanges, "meanwhile": meanwhile})
