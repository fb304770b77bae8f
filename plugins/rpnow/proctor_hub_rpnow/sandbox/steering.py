"""The JSON control API under `/sandbox`: for drivers and tests, not part of the vendor."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from .browser import close_browser, open_exam
from .faults import FaultOrder
from .requests_in import own_address
from .review_order import ReviewOrder
from .reviewing import send_reviews
from .vendor import Vendor

MAX_LISTED = 1_000


class CodeEntered(BaseModel):
    """What the learner types into the secure browser."""

    model_config = ConfigDict(extra="forbid")
    exam_code: str


class CloseOrder(BaseModel):
    """How the secure browser is closed: `finished` ends the session and spends the code."""

    model_config = ConfigDict(extra="forbid")
    finished: bool = False


def steering_router(vendor: Vendor) -> APIRouter:
    """Registrations, secure browser, reviews, faults and journal as JSON."""
    router = APIRouter(prefix="/sandbox")
    _attempt_routes(router, vendor)
    _fault_routes(router, vendor)
    return router


def _attempt_routes(router: APIRouter, vendor: Vendor) -> None:
    @router.get("/registrations")
    def registrations() -> list[dict[str, object]]:
        return [record.public() for record in vendor.newest(MAX_LISTED)]

    @router.get("/attempts/{code}")
    def attempt(code: str) -> dict[str, object]:
        return vendor.get(code).public()

    @router.post("/secure-browser")
    def secure_browser(entered: CodeEntered) -> dict[str, object]:
        return open_exam(vendor, entered.exam_code)

    @router.post("/attempts/{code}/close-browser")
    def close(code: str, order: CloseOrder | None = None) -> dict[str, object]:
        finished = order is not None and order.finished
        return close_browser(vendor, code, finished=finished).public()

    @router.post("/attempts/{code}/review")
    def review(code: str, order: ReviewOrder, request: Request) -> list[dict[str, object]]:
        return send_reviews(vendor, code, order, own_address(vendor.settings, request))


def _fault_routes(router: APIRouter, vendor: Vendor) -> None:
    @router.get("/faults")
    def faults() -> dict[str, object]:
        return vendor.faults().public(vendor.clock())

    @router.post("/faults")
    def order_faults(order: FaultOrder) -> dict[str, object]:
        return vendor.order_faults(order)

    @router.delete("/faults")
    def clear_faults() -> dict[str, object]:
        return vendor.order_faults(None)

    @router.get("/journal")
    def journal() -> list[dict[str, object]]:
        return [entry.public() for entry in vendor.journal()]
