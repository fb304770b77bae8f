"""What the demo's LMS keeps: grades, overrides and credit, moved only by the hub's events.

The hub never computes a grade (domain §5): it names the effects, the LMS applies them.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any

Key = tuple[str, str, str]
"""Course, content (the exam), learner."""

CHANGES_KEPT = 1000
"""So many of the latest grade changes are kept."""


@dataclass(slots=True)
class Entry:
    """One learner's line at one exam.

    :ivar score: percent the answers are worth, once the exam is closed. :ivar override: what
        replaces it, while something does. :ivar credit: the credit requirement's word.
    """

    course_id: str
    content_id: str
    user_id: str
    open: bool = True
    score: int | None = None
    override: int | None = None
    credit: str = ""
    status: str = ""

    @property
    def grade(self) -> int | None:
        """What the learner sees: the override where there is one, else the score."""
        return self.score if self.override is None else self.override


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeChange:
    """One learner's grade moved: when, at which exam, from what to what, and by which event."""

    at: str
    course_id: str
    content_id: str
    user_id: str
    before: int | None
    after: int | None
    event: str
    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of one event: new or a repetition, and whether it came in order."""

    new: bool
    in_order: bool = True


class Gradebook:
    """All entries, and the ids of the events applied; safe to use from several threads.

    :param score_of: user id and content id → percent their answers are worth.
    """

    def __init__(self, score_of: Callable[[str, str], int]) -> None:
        self._score_of = score_of
        self._lock = threading.Lock()
        self._entries: dict[Key, Entry] = {}
        self._changes: deque[GradeChange] = deque(maxlen=CHANGES_KEPT)
        self._seen: set[str] = set()
        # Per exam of the hub and learner: after a change of vendor it counts anew.
        self._sequences: dict[tuple[str, str], int] = {}
        self.repeated = 0
        self.out_of_order = 0

    def take(self, event: Mapping[str, Any]) -> Taken:
        """Apply one event, unless one with its id was applied before.

        :raises KeyError, TypeError, ValueError: it is no event of the hub.
        """
        event_id, sequence = str(event["id"]), int(event["sequence"])
        key = (str(event["course_id"]), str(event["content_id"]), str(event["user_id"]))
        effects = [str(effect) for effect in event["effects"]]
        credit, status = event["credit"], str(event["to_status"])
        stream = (str(event["exam_id"]), key[2])
        kind, at = str(event["type"]), str(event["occurred_at"])
        with self._lock:
            if event_id in self._seen:
                self.repeated += 1
                return Taken(new=False)
            entry = self._entries.setdefault(key, Entry(*key))
            in_order = sequence > self._sequences.get(stream, -1)
            self.out_of_order += not in_order
            before = entry.grade
            for effect in effects:
                _EFFECTS[effect](entry, self._score_of)
            if credit is not None:
                entry.credit = str(credit)
            if entry.grade != before:
                self._changes.append(
                    GradeChange(
                        at=at,
                        course_id=key[0],
                        content_id=key[1],
                        user_id=key[2],
                        before=before,
                        after=entry.grade,
                        event=kind,
                        event_id=event_id,
                    )
                )
            entry.status, self._sequences[stream] = status, sequence
            self._seen.add(event_id)
        return Taken(new=True, in_order=in_order)

    def rows(self) -> list[dict[str, Any]]:
        """Every entry as JSON-ready values, by course, exam and learner."""
        with self._lock:
            return [
                {
                    "course_id": entry.course_id,
                    "content_id": entry.content_id,
                    "user_id": entry.user_id,
                    "open": entry.open,
                    "score": entry.score,
                    "override": entry.override,
                    "grade": entry.grade,
                    "credit": entry.credit,
                    "status": entry.status,
                }
                for _, entry in sorted(self._entries.items())
            ]

    def changes(self) -> list[dict[str, Any]]:
        """The grade changes, in the order they came, JSON-ready; a grade may be None."""
        with self._lock:
            return [asdict(change) for change in self._changes]

    def counts(self) -> dict[str, int]:
        """Events applied, repeated ones ignored, and those that overtook an earlier one."""
        with self._lock:
            return {
                "applied": len(self._seen),
                "repeated": self.repeated,
                "out_of_order": self.out_of_order,
            }


ScoreOf = Callable[[str, str], int]


def _close(entry: Entry, score_of: ScoreOf) -> None:
    entry.open = False
    entry.score = score_of(entry.user_id, entry.content_id)


def _reopen(entry: Entry, score_of: ScoreOf) -> None:
    entry.open = True


def _clear(entry: Entry, score_of: ScoreOf) -> None:
    entry.open, entry.score = True, None


def _override(entry: Entry, score_of: ScoreOf) -> None:
    entry.override = 0


def _undo_override(entry: Entry, score_of: ScoreOf) -> None:
    entry.override = None


def _clear_credit(entry: Entry, score_of: ScoreOf) -> None:
    entry.credit = ""


_EFFECTS: Mapping[str, Callable[[Entry, ScoreOf], None]] = MappingProxyType(
    {
        "close_exam_submit_answers": _close,
        "reopen_keep_answers": _reopen,
        "clear_answers": _clear,
        "override_grade_zero": _override,
        "undo_override": _undo_override,
        "clear_credit_requirement": _clear_credit,
    }
)
