"""The pages a person sees: the steering page with its forms, the software, a video."""

from __future__ import annotations

from typing import TypeVar

from fastapi import APIRouter, Request
from jinja2 import DictLoader, Environment, StrictUndefined
from pydantic import ValidationError
from starlette.responses import HTMLResponse, RedirectResponse, Response

from .browser import close_browser, open_exam
from .faults import FaultOrder
from .requests_in import Form, own_address
from .review_order import ReviewOrder
from .reviewing import send_reviews
from .templates import TEMPLATES
from .vendor import Refused, Vendor

_PAGES = Environment(loader=DictLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)
_SECURITY = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_SHOWN = 100

Order = TypeVar("Order", ReviewOrder, FaultOrder)


def _page(name: str, **values: object) -> HTMLResponse:
    return HTMLResponse(_PAGES.get_template(name).render(**values), headers=_SECURITY)


def page_router(vendor: Vendor) -> APIRouter:
    """`/`, its forms under `/page`, `/download` and `/video/{code}`."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def home() -> Response:
        return _page(
            "home",
            registrations=[record.public() for record in vendor.newest(_SHOWN)],
            journal=[entry.public() for entry in vendor.journal()[: -_SHOWN - 1 : -1]],
            faults=vendor.faults().public(vendor.clock()),
            can_review=bool(vendor.settings.review_url),
        )

    @router.get("/download")
    def download() -> Response:
        vendor.note("received", "software download", status=200)
        return _page("download")

    @router.get("/video/{code}")
    @router.get("/video/{code}/{player}")
    def video(code: str, player: str = "") -> Response:
        record = vendor.get(code)
        vendor.note("received", "video watched", code=code, status=200)
        return _page("video", code=record.code, player=player)

    _form_routes(router, vendor)
    return router


def _form_routes(router: APIRouter, vendor: Vendor) -> None:
    @router.post("/page/secure-browser")
    def secure_browser(form: Form) -> Response:
        opened = open_exam(vendor, form.get("exam_code", ""))
        return _page("opened", **opened)

    @router.post("/page/close-browser")
    def close(form: Form) -> Response:
        finished = form.get("finished") == "yes"
        close_browser(vendor, form.get("exam_code", ""), finished=finished)
        return _home()

    @router.post("/page/review")
    def review(form: Form, request: Request) -> Response:
        public_url = own_address(vendor.settings, request)
        send_reviews(vendor, form.get("exam_code", ""), _review_order(form), public_url)
        return _home()

    @router.post("/page/faults")
    def faults(form: Form) -> Response:
        vendor.order_faults(_fault_order(form))
        return _home()


def _home() -> Response:
    return RedirectResponse("/", 303)


def _review_order(form: dict[str, str]) -> ReviewOrder:
    status = form.get("review_status", "")

    def comments(field: str) -> list[dict[str, str]]:
        """One incident a line; its status is that of the review where that is one."""
        event = "Rules Violation" if status == "Rules Violation" else "Suspicious"
        lines = form.get(field, "").splitlines()
        return [{"comments": line, "eventStatus": event} for line in lines if line.strip()]

    values: dict[str, object] = {
        "review_status": status,
        "copies": form.get("copies", "1"),
        "desktop_comments": comments("desktop"),
        "webcam_comments": comments("webcam"),
        "video": form.get("video") == "yes",
        "without_token": form.get("without_token") == "yes",
        "wrong_locator": form.get("wrong_locator") == "yes",
    }
    if form.get("then"):
        after = {"review_status": form["then"], "copies": values["copies"]}
        values = {"reviews": [values, after]}
    return _valid(ReviewOrder, values | {"order": form.get("order") or "as_given"})


def _fault_order(form: dict[str, str]) -> FaultOrder | None:
    if form.get("clear") == "yes":
        return None
    values: dict[str, object] = {name: value for name, value in form.items() if value}
    code, count = values.pop("status_code", None), values.pop("status_count", 1)
    if code is not None:
        values["status"] = {"code": code, "count": count}
    return _valid(FaultOrder, values)


def _valid(kind: type[Order], values: dict[str, object]) -> Order:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise Refused(422, f"the form has wrong values: {fields}") from error
