"""The instructor's Review Dashboard: quizzes, sessions, one attempt, the configuration."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from .bodies import FormBody
from .catalogue import rule_labels
from .export import as_csv, as_json, row
from .launch import LaunchRefusedError, Session
from .model import Attempt, Exam
from .pages import message_page, render
from .reviewing import decide
from .store import UnknownIdError
from .world import World, WorldDep

Tab = Literal["video", "violations", "scans", "onboarding"]
router = APIRouter()


@router.get("/launch/edx/instructor/{client_id}/")
def launch(client_id: str, world: WorldDep, jwt: str = "") -> Response:
    """Open a signed link once and go on to what it is for; 403 page otherwise."""
    claims = world.sessions.claims(client_id, jwt, world.clock())
    if isinstance(claims.get("exam_id"), str):
        # The hub may still hold the id the exam had before an update.
        claims["exam_id"] = world.store.exam(claims["exam_id"]).id
    session = world.sessions.open(claims, world.clock())
    start = f"/dashboard/{session.key}/"
    if session.attempt_id is not None:
        attempt = _attempt(world, session, session.attempt_id)
        return _see(f"{start}attempts/{attempt.id}")
    if session.exam_id is not None:
        _exam(world, session, session.exam_id)
    if session.config:
        return _see(f"{start}config")
    return _see(f"{start}exams/{session.exam_id}" if session.exam_id else start)


@router.get("/dashboard/{key}/")
def quizzes(key: str, world: WorldDep) -> Response:
    """The quizzes of the course, for links that open the whole course."""
    session = _review_session(world, key)
    exams = [e for e in world.store.exams(session.course_id) if session.opens_exam(e)]
    rows = [(exam, len(_visible(world, session, exam))) for exam in exams]
    return render("quizzes.html", session=session, rows=rows)


@router.get("/dashboard/{key}/exams/{exam_id}")
def sessions(key: str, exam_id: str, world: WorldDep) -> Response:
    """The sessions of one quiz."""
    session = _review_session(world, key)
    exam = _exam(world, session, exam_id)
    rows = [row(world, attempt) for attempt in _visible(world, session, exam)]
    return render("sessions.html", session=session, exam=exam, rows=rows)


@router.get("/dashboard/{key}/attempts/{attempt_id}")
def attempt_page(
    key: str, attempt_id: str, world: WorldDep, tab: Tab = "video", answer: str = ""
) -> Response:
    """One session: recording, violations, scans, onboarding, and the decision."""
    session = _review_session(world, key)
    attempt = _attempt(world, session, attempt_id)
    exam = world.store.exam(attempt.exam_id)
    profile = world.store.profile(attempt.pseudonym)
    return render(
        "attempt.html",
        session=session,
        attempt=attempt,
        exam=exam,
        tab=tab,
        answer=answer[:20],
        last=attempt.reviews[-1] if attempt.reviews else None,
        profile=profile,
        profile_word=profile.word(exam.course_id, world.clock()),
    )


@router.post("/dashboard/{key}/attempts/{attempt_id}/decision")
def decision(key: str, attempt_id: str, world: WorldDep, form: FormBody) -> Response:
    """Pass or Fail: post it to the hub in the name of the person the link was made for."""
    session = _review_session(world, key)
    attempt = _attempt(world, session, attempt_id)
    verdict = form.get("verdict")
    if verdict not in ("pass", "fail"):
        return message_page("No decision", "verdict must be pass or fail", 422)
    if attempt.submitted_at is None:
        return message_page("No decision", "the session has not been submitted yet", 409)
    answer = decide(world, attempt.id, "pass" if verdict == "pass" else "fail", session.email)
    heard = "none" if answer.status is None else str(answer.status)
    return _see(f"/dashboard/{key}/attempts/{attempt.id}?answer={heard}")


@router.get("/dashboard/{key}/export.{form}")
def export(
    key: str,
    form: Literal["json", "csv"],
    world: WorldDep,
    exam_id: str | None = None,
    attempt_id: str | None = None,
) -> Response:
    """Export Data: the sessions in scope, or those of one quiz or one session."""
    session = _review_session(world, key)
    exams = world.store.exams(session.course_id)
    if exam_id is not None:
        exams = [_exam(world, session, exam_id)]
    attempts = [a for exam in exams for a in _visible(world, session, exam)]
    if attempt_id is not None:
        attempts = [_attempt(world, session, attempt_id)]
    is_csv = form == "csv"
    return Response(
        as_csv(world, attempts) if is_csv else as_json(world, attempts),
        media_type="text/csv" if is_csv else "application/json",
        headers={"Content-Disposition": f'attachment; filename="sessions.{form}"'},
    )


@router.get("/dashboard/{key}/config")
def config(key: str, world: WorldDep) -> Response:
    """The binary rules of each quiz in scope, on or off."""
    session = _config_session(world, key)
    exams = [e for e in world.store.exams(session.course_id) if session.opens_exam(e)]
    return render("config.html", session=session, exams=exams, labels=rule_labels("en"))


@router.post("/dashboard/{key}/exams/{exam_id}/rules")
def set_rules(key: str, exam_id: str, world: WorldDep, form: FormBody) -> Response:
    """Switch the rules of one quiz: those named in the form are on, all others off."""
    session = _config_session(world, key)
    exam = _exam(world, session, exam_id)
    world.store.change_exam(exam.id, rules={rule: rule in form for rule in rule_labels("en")})
    return _see(f"/dashboard/{key}/config")


def _see(path: str) -> Response:
    """Go on to another page of this server."""
    return RedirectResponse(path, status_code=303)


def _review_session(world: World, key: str) -> Session:
    """A session that may see learners' attempts; a configuration link may not."""
    session = world.sessions.find(key, world.clock())
    if session.config:
        raise LaunchRefusedError("this link is for the configuration only")
    return session


def _config_session(world: World, key: str) -> Session:
    """A session that may see and set rules."""
    session = world.sessions.find(key, world.clock())
    if not session.config:
        raise LaunchRefusedError("this link is not for the configuration")
    return session


def _exam(world: World, session: Session, exam_id: str) -> Exam:
    """An exam within the session's scope; others are as unknown as those that do not exist."""
    exam = world.store.exam(exam_id)
    if not session.opens_exam(exam):
        raise UnknownIdError(f"unknown exam {exam_id!r}")
    return exam


def _attempt(world: World, session: Session, attempt_id: str) -> Attempt:
    """An attempt within the session's scope, or UnknownIdError."""
    attempt = world.store.attempt(attempt_id)
    if not session.opens_attempt(attempt, world.store.exam(attempt.exam_id)):
        raise UnknownIdError(f"unknown attempt {attempt_id!r}")
    return attempt


def _visible(world: World, session: Session, exam: Exam) -> list[Attempt]:
    """The attempts of an exam that lie within the session's scope."""
    return [a for a in world.store.attempts(exam.id) if session.opens_attempt(a, exam)]
