"""Observers for the tests, good and bad."""

from __future__ import annotations

from typing import Any, ClassVar

from proctor_hub import hookimpl


class Good:
    heard: ClassVar[list[tuple[str, Any]]] = []

    @hookimpl
    def attempt_changed(self, event: Any) -> None:
        self.heard.append(("attempt_changed", event))

    @hookimpl
    def decision_made(self, event: Any) -> str:
        self.heard.append(("decision_made", event))
        return "ignored"


class Failing:
    @hookimpl
    def attempt_changed(self, event: Any) -> None:
        raise RuntimeError("jane@example.org")

    @hookimpl
    def review_received(self) -> None:
        raise SystemExit


class Unmarked:
    def attempt_changed(self, event: Any) -> None:
        raise AssertionError


class Unknown:
    @hookimpl
    def attempt_chagned(self, event: Any) -> None:
        raise AssertionError


class WrongArgument:
    @hookimpl
    def attempt_changed(self, attempt: Any) -> None:
        raise AssertionError


class Unbuildable:
    def __init__(self) -> None:
        raise OSError("no")
