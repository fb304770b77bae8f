"""Ordered misbehaviour of the registration endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Count = Annotated[int, Field(ge=0, le=100_000)]
FaultKind = Literal["status", "error_page", "garbage", "answer_without_locator"]


class StatusFault(BaseModel):
    """Answer the next `count` good registrations with HTTP status `code`."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[int, Field(ge=200, le=599)]
    count: Count = 1


class FaultOrder(BaseModel):
    """What to do wrong; a field left out keeps its present value, 0 switches it off."""

    model_config = ConfigDict(extra="forbid")
    down_for_s: Annotated[float, Field(ge=0, le=3600)] | None = None
    slow_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    answer_without_locator: Count | None = None
    error_page: Count | None = None
    garbage: Count | None = None
    status: StatusFault | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """The faults in force; the counts say how many good registrations they still spoil."""

    down_until: datetime | None = None
    slow_ms: int = 0
    status: int = 0
    status_code: int = 500
    error_page: int = 0
    garbage: int = 0
    answer_without_locator: int = 0

    def is_down(self, now: datetime) -> bool:
        """Whether the registration endpoint answers 503 at `now`."""
        return self.down_until is not None and now < self.down_until

    def due(self) -> FaultKind | None:
        """The counted fault the next good registration meets, in a fixed order."""
        if self.status:
            return "status"
        if self.error_page:
            return "error_page"
        if self.garbage:
            return "garbage"
        return "answer_without_locator" if self.answer_without_locator else None

    def public(self, now: datetime) -> dict[str, object]:
        """The faults in force as JSON-ready values."""
        left = (self.down_until - now).total_seconds() if self.down_until else 0.0
        return {
            "down_for_s": max(left, 0.0),
            "slow_ms": self.slow_ms,
            "answer_without_locator": self.answer_without_locator,
            "error_page": self.error_page,
            "garbage": self.garbage,
            "status": {"code": self.status_code, "count": self.status},
        }


def ordered(faults: Faults, order: FaultOrder, now: datetime) -> Faults:
    """`faults` changed by `order`, a `down_for_s` counted from `now`."""

    def kept(new: int | None, old: int) -> int:
        return old if new is None else new

    down_until = faults.down_until
    if order.down_for_s is not None:
        down_until = now + timedelta(seconds=order.down_for_s)
    return Faults(
        down_until=down_until,
        slow_ms=kept(order.slow_ms, faults.slow_ms),
        status=order.status.count if order.status else faults.status,
        status_code=order.status.code if order.status else faults.status_code,
        error_page=kept(order.error_page, faults.error_page),
        garbage=kept(order.garbage, faults.garbage),
        answer_without_locator=kept(order.answer_without_locator, faults.answer_without_locator),
    )
