"""Steering by hand: one page at `/` with forms, and the download page learners are sent to."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from fastapi.responses import RedirectResponse, Response
from pydantic import ValidationError

from . import control
from .bodies import FormBody, reasons
from .catalogue import instructions
from .faults import COUNTED, FaultBody
from .pages import message_page, render
from .world import WorldDep

STATUSES = ("passed", "violation", "suspicious", "not_reviewed")
PROFILE_WORDS = ("approved", "pending", "rejected", "expired", "no-profile")
router = APIRouter()
steer = APIRouter(prefix="/steer", dependencies=[Depends(control.same_origin)])


@router.get("/")
def steering_page(world: WorldDep) -> Response:
    """What the vendor holds, with forms to move it."""
    response = render(
        "steering.html",
        attempts=control.list_attempts(world)[::-1][:200],
        faults=world.faults.shown(world.clock()),
        counted=COUNTED,
        statuses=STATUSES,
        profile_words=PROFILE_WORDS,
        entries=world.journal.entries(30)[::-1],
    )
    response.headers["X-Frame-Options"] = "DENY"
    return response


@router.get("/download")
def download() -> Response:
    """Where a learner would get the application; the sandbox has none to give."""
    return render("download.html", steps=instructions("en"))


@steer.post("/attempts/{attempt_id}/room-scan")
def room_scan(attempt_id: str, world: WorldDep) -> Response:
    """Finish the set-up."""
    control.room_scan(attempt_id, world)
    return _back()


@steer.post("/attempts/{attempt_id}/review")
def review(attempt_id: str, world: WorldDep, form: FormBody) -> Response:
    """Review as the form says; with `then`, a second review follows (or precedes, reversed)."""
    comments = []
    if form.get("comment"):
        comments.append(_incident(form))
    first = {"status": form.get("status", ""), "comments": comments} | _given(form, "reviewed_by")
    series = [first]
    if form.get("then"):
        series.append({"status": form["then"], "comments": []})
    order = {"reviews": series} | _given(form, "copies", "order")
    try:
        control.post_review(attempt_id, world, control.ReviewOrder.model_validate(order))
    except ValidationError as error:
        return _refused(error)
    return _back()


@steer.post("/profiles")
def profile(world: WorldDep, form: FormBody) -> Response:
    """Set an onboarding profile."""
    values = _given(form, "status", "expiration_date", "course_id")
    if not form.get("pseudonym"):
        return message_page("Not done", "pseudonym is missing", 422)
    try:
        control.set_profile(form["pseudonym"], world, control.ProfileBody.model_validate(values))
    except ValidationError as error:
        return _refused(error)
    return _back()


@steer.post("/faults")
def faults(world: WorldDep, form: FormBody) -> Response:
    """Set the faults filled in, or clear them all."""
    if "clear" in form:
        world.faults.clear()
        return _back()
    values: dict[str, Any] = _given(form, "down", "down_for_s", "slow_ms", *COUNTED)
    if form.get("code"):
        values["status"] = {"code": form["code"]} | _given(form, "count")
    try:
        control.set_faults(world, FaultBody.model_validate(values))
    except ValidationError as error:
        return _refused(error)
    return _back()


def _incident(form: dict[str, str]) -> dict[str, Any]:
    """One comment from the form; start and stop in whole seconds where given."""
    incident: dict[str, Any] = {"comment": form["comment"], "status": form.get("status", "")}
    for name in ("start", "stop"):
        if form.get(name, "").isdecimal():
            incident[name] = int(form[name])
    if "start" in incident and "stop" in incident:
        incident["duration"] = incident["stop"] - incident["start"]
    return incident


def _given(form: dict[str, str], *names: str) -> dict[str, Any]:
    """The fields of a form that were filled in."""
    return {name: form[name] for name in names if form.get(name)}


def _back() -> Response:
    """Back to the page."""
    return RedirectResponse("/", status_code=303)


def _refused(error: ValidationError) -> Response:
    """422 page with field and reason."""
    text = "; ".join(f"{fault['field']}: {fault['reason']}" for fault in reasons(error))
    return message_page("Not done", text, 422)


router.include_router(steer)
