"""Faults on demand: the ways a vendor has been seen to fail (wire, "to be survived")."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Literal

from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field

Counted = Literal["answer_without_id", "exam_without_id", "exam_new_id", "id_reuse", "error_page"]
COUNTED: tuple[Counted, ...] = (
    "answer_without_id",
    "exam_without_id",
    "exam_new_id",
    "id_reuse",
    "error_page",
)
_ERROR_PAGE = "<html><head><title>500</title></head><body><h1>Server Error (500)</h1></body></html>"


class StatusFault(BaseModel):
    """Answer the next `count` API calls with HTTP status `code`."""

    code: int = Field(ge=400, le=599)
    count: int = Field(default=1, ge=0)


class FaultBody(BaseModel):
    """Faults to set; what is left out stays as it is, 0 or false switches one off.

    `down_for_s` takes API and token endpoint down for seconds, `down` until cleared; `slow_ms`
    delays both. The counts apply to the next n calls: `answer_without_id` and `id_reuse` to
    registrations, `exam_without_id` to exam calls, `exam_new_id` to exam updates, `error_page`
    (HTML 500) and `status` to any API call.
    """

    model_config = ConfigDict(extra="forbid")

    down: bool | None = None
    down_for_s: float | None = Field(default=None, ge=0, le=86_400)
    slow_ms: int | None = Field(default=None, ge=0, le=600_000)
    answer_without_id: int | None = Field(default=None, ge=0)
    exam_without_id: int | None = Field(default=None, ge=0)
    exam_new_id: int | None = Field(default=None, ge=0)
    id_reuse: int | None = Field(default=None, ge=0)
    error_page: int | None = Field(default=None, ge=0)
    status: StatusFault | None = None


@dataclass(slots=True)
class _Planned:
    """The faults set at this moment."""

    down: bool = False
    down_until: datetime | None = None
    slow_ms: int = 0
    left: dict[Counted, int] = field(default_factory=dict)
    status: StatusFault | None = None


class Faults:
    """The faults a steering person has set, counted down as they strike."""

    def __init__(self, lock: RLock) -> None:
        """Start with none, guarded by the sandbox's one lock."""
        self._lock = lock
        self._plan = _Planned()

    def set(self, body: FaultBody, now: datetime) -> None:
        """Add the faults of `body` to those set; `now` starts `down_for_s`."""
        with self._lock:
            plan = self._plan
            if body.down is not None:
                plan.down = body.down
            if body.down_for_s is not None:
                plan.down_until = now + timedelta(seconds=body.down_for_s)
            if body.slow_ms is not None:
                plan.slow_ms = body.slow_ms
            if body.status is not None:
                plan.status = body.status.model_copy()
            for name in COUNTED:
                count: int | None = getattr(body, name)
                if count is not None:
                    plan.left[name] = count

    def clear(self) -> None:
        """Be well again."""
        with self._lock:
            self._plan = _Planned()

    def take(self, name: Counted) -> bool:
        """Whether this fault strikes now; one of its count is used up."""
        with self._lock:
            left = self._plan.left.get(name, 0)
            self._plan.left[name] = max(left - 1, 0)
            return left > 0

    def delay_s(self) -> float:
        """Seconds every API and token answer is held back."""
        with self._lock:
            return self._plan.slow_ms / 1000

    def answer(self, *, now: datetime, is_token_call: bool) -> Response | None:
        """The failing answer to give in place of the real one, if a fault strikes."""
        with self._lock:
            if self._is_down(now):
                return JSONResponse({"detail": "service unavailable"}, status_code=503)
            if is_token_call:
                return None
            status = self._plan.status
            if status is not None and status.count > 0:
                status.count -= 1
                return JSONResponse({"detail": "simulated fault"}, status_code=status.code)
            if self.take("error_page"):
                return HTMLResponse(_ERROR_PAGE, status_code=500)
            return None

    def shown(self, now: datetime) -> dict[str, Any]:
        """The faults in force, as JSON."""
        with self._lock:
            status = self._plan.status
            return {
                "down": self._is_down(now),
                "slow_ms": self._plan.slow_ms,
                "status": None if status is None else status.model_dump(),
                **{name: self._plan.left.get(name, 0) for name in COUNTED},
            }

    def _is_down(self, now: datetime) -> bool:
        """Down until cleared, or until the clock has passed the given seconds."""
        until = self._plan.down_until
        return self._plan.down or (until is not None and now < until)
