"""What looking at something found: one line each, for ``proctor-hub doctor`` and ``check``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How one looked-at thing is; ``warning``: it works, and somebody should look."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; holds no secret and no personal data.

    :param name: stable, for scripts. :param detail: what was seen, or why it does not apply.
    :param remedy: what to do, where it is a warning or failed; may be part of ``detail``.
    """

    name: str
    state: CheckState
    detail: str
    remedy: str = ""

    @property
    def told(self) -> str:
        """What was seen and what to do, as people read it."""
        return f"{self.detail}. {self.remedy}" if self.remedy else self.detail


def ok(name: str, detail: str) -> Check:
    """It is as it should be."""
    return Check(name=name, state=CheckState.OK, detail=detail)


def warning(name: str, detail: str, remedy: str = "") -> Check:
    """It works, and somebody should look."""
    return Check(name=name, state=CheckState.WARNING, detail=detail, remedy=remedy)


def failed(name: str, detail: str, remedy: str = "") -> Check:
    """It does not work."""
    return Check(name=name, state=CheckState.FAILED, detail=detail, remedy=remedy)


def not_applicable(name: str, reason: str) -> Check:
    """There is nothing to look at."""
    return Check(name=name, state=CheckState.NOT_APPLICABLE, detail=reason)


def all_well(checks: Iterable[Check]) -> bool:
    """Whether nothing failed; a warning is no failure."""
    return all(one.state is not CheckState.FAILED for one in checks)
