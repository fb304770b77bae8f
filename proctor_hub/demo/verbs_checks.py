"""What must be true of a learner in the story."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from proctor_hub.demo.client import path_of
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.lms import score_of
from proctor_hub.demo.world import World, becomes


def is_(world: World, who: str, status: str, result: str | None = None) -> None:
    """The attempt in hand is, or soon becomes, ``status``; the LMS heard it, too.

    ``result``: the word the learner sees.
    """
    becomes(lambda: world.attempt(who)["status"], status, "the attempt")
    if result is not None:
        becomes(lambda: world.attempt(who)["result"], result, "the result")
    becomes(lambda: world.entry(who).get("status"), status, "the attempt in the LMS")


def find(world: World, who: str, content_id: str) -> Any:
    """The learner's live attempt at an exam, whichever they have in hand; None: there is none."""
    learner = world.learner(who)
    found = world.stage.hub.pages(
        path_of("courses", learner.course_id, "attempts"),
        user_id=learner.user_id,
        exam_id=str(world.exam_id(learner, content_id)),
    )
    return next((attempt for attempt in found if attempt["live"]), None)


def finds(world: World, who: str, content_id: str) -> Any:
    """:func:`find`.

    :raises DemoError: there is none.
    """
    found = find(world, who, content_id)
    if found is None:
        raise DemoError(f"{who} has no attempt at {content_id}")
    return found


def has(world: World, who: str, *words: str) -> None:
    """``has N minutes``, ``has N revisions``, ``has grade original|zero``, ``has credit WORD``,
    ``has flag yes|no``, ``has mail KIND``: the newest e-mail about the exam in hand."""
    first, second = words
    if first.isdigit():
        _NUMBERS[second](world, who, int(first))
    else:
        _WORDS[first](world, who, second)


def _minutes(world: World, who: str, wanted: int) -> None:
    becomes(lambda: world.attempt(who)["allowed_seconds"], wanted * 60, "the allowed time")


def _revisions(world: World, who: str, wanted: int) -> None:
    def count() -> int:
        path = path_of("attempts", world.code(who), "reviews")
        return len(list(world.stage.hub.pages(path, user=world.team_of(world.learner(who)))))

    becomes(count, wanted, "the number of revisions")


def _grade(world: World, who: str, word: str) -> None:
    attempt = world.attempt(who)
    answers = score_of(world.learner(who).user_id, attempt["content_id"])
    wanted = {"original": answers, "zero": 0}[word]
    becomes(lambda: world.entry(who).get("grade"), wanted, "the grade in the LMS")


def _credit(world: World, who: str, word: str) -> None:
    becomes(lambda: world.entry(who).get("credit"), word, "the credit requirement in the LMS")


def _flag(world: World, who: str, word: str) -> None:
    becomes(
        lambda: world.attempt_for_team(who)["review"]["flagged"], word == "yes", "the staff's flag"
    )


def _mail(world: World, who: str, kind: str) -> None:
    becomes(lambda: world.newest_mail(who).get("kind"), kind, "the newest e-mail about the exam")


_NUMBERS: Mapping[str, Callable[[World, str, int], None]] = MappingProxyType(
    {"minutes": _minutes, "revisions": _revisions}
)
_WORDS: Mapping[str, Callable[[World, str, str], None]] = MappingProxyType(
    {"grade": _grade, "credit": _credit, "flag": _flag, "mail": _mail}
)
