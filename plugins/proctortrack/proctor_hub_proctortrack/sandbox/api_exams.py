"""The vendor's API for the hub: tokens, configuration and exams."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Header, HTTPException
from fastapi.responses import JSONResponse

from .bodies import ExamBody, FormBody, JsonBody, checked
from .catalogue import NAME, instructions, language_of, rule_labels
from .world import World, WorldDep

TOKEN_PATH = "/edx/oauth2/access_token"  # noqa: S105  # a path
token_router = APIRouter()


def require_token(world: WorldDep, authorization: str | None = Header(default=None)) -> None:
    """Let a call pass whose token is in force; HTTPException 401 with the reason otherwise."""
    refusal = world.tokens.refusal(authorization, world.clock())
    if refusal is not None:
        raise HTTPException(401, refusal, headers={"WWW-Authenticate": "JWT"})


router = APIRouter(prefix="/api/v1", dependencies=[Depends(require_token)])


@token_router.post(TOKEN_PATH)
def issue_token(world: WorldDep, form: FormBody) -> JSONResponse:
    """Client credentials for an access token; 401 for wrong ones, 400 for another grant."""
    if not world.tokens.knows_client(form.get("client_id", ""), form.get("client_secret", "")):
        return JSONResponse({"error": "invalid_client"}, status_code=401)
    if form.get("grant_type") != "client_credentials":
        return JSONResponse({"error": "unsupported_grant_type"}, status_code=400)
    if form.get("token_type", "").lower() != "jwt":
        return JSONResponse(
            {"error": "invalid_request", "error_description": "token_type must be jwt"},
            status_code=400,
        )
    answer = {
        "access_token": world.tokens.issue(world.clock()),
        "expires_in": world.settings.token_lifetime_s,
        "token_type": "JWT",
        "scope": "read write",
    }
    return JSONResponse(answer, headers={"Cache-Control": "no-store"})


@router.get("/config/")
def config(world: WorldDep, accept_language: str | None = Header(default=None)) -> dict[str, Any]:
    """The catalogue of binary rules, the vendor's name, the download and the instructions."""
    language = language_of(accept_language)
    return {
        "rules": rule_labels(language),
        "name": NAME,
        "download_url": download_url(world),
        "instructions": instructions(language),
    }


def download_url(world: World) -> str:
    """Where learners get the vendor's application."""
    return f"{world.settings.public_url.rstrip('/')}/download"


@router.post("/exam/")
def create_exam(world: WorldDep, body: JsonBody) -> dict[str, str]:
    """Create an exam; answers its id."""
    values = _exam_values(body)
    if world.faults.take("exam_without_id"):
        return {}
    return {"id": world.store.add_exam(**values).id}


@router.post("/exam/{exam_id}/")
def update_exam(exam_id: str, world: WorldDep, body: JsonBody) -> dict[str, str]:
    """Update an exam; answers its id, a new one where that fault is set."""
    world.store.exam(exam_id)
    values = _exam_values(body)
    if world.faults.take("exam_without_id"):
        return {}
    with world.store.lock:
        if world.faults.take("exam_new_id"):
            exam_id = world.store.move_exam(exam_id).id
        # Rules set in the configuration dashboard stay unless the hub sends its own.
        if body.get("rules") is None:
            values["rules"] = world.store.exam(exam_id).rules
        return {"id": world.store.change_exam(exam_id, **values).id}


@router.get("/exam/{exam_id}/")
def get_exam(exam_id: str, world: WorldDep) -> dict[str, Any]:
    """The exam as last sent, with the rules in force."""
    exam = world.store.exam(exam_id)
    return {**exam.sent, "external_id": exam.id, "rules": exam.rules}


def _exam_values(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of `Exam` in a body; 422 for a bad body, a timed exam or an unknown rule."""
    sent = checked(ExamBody, body)
    if sent.is_active and not (sent.is_proctored or sent.is_practice_exam):
        raise HTTPException(422, "timed exams are not proctored and must not be sent")
    unknown = sorted(set(sent.rules or {}) - set(rule_labels("en")))
    if unknown:
        raise HTTPException(422, f"unknown rules: {', '.join(unknown)[:200]}")
    return {
        "course_id": sent.course_id,
        "name": sent.exam_name,
        "is_proctored": sent.is_proctored,
        "is_practice": sent.is_practice_exam,
        "is_active": sent.is_active,
        "rules": dict(sent.rules or {}),
        "sent": sent.model_dump(exclude_unset=True),
    }
