"""The page of one exam, and the confirmation before taking it without proctoring."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import Query
from starlette.responses import RedirectResponse, Response

from proctor_hub.services.attempts import access, own
from proctor_hub.vendors.launching import FormPostPlan
from proctor_hub.web.context import Source
from proctor_hub.web.pages.forms import origin_of
from proctor_hub.web.pages.learner.paths import EXAM, exam_path
from proctor_hub.web.pages.learner.view import ExamView, Stage, exam_view
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit, Visit

router = page_router()

DONE = {
    "moved": noted(
        "That was not possible: the exam stands elsewhere by now. This is how it stands."
    ),
    "silent": noted("The proctoring vendor still does not answer. Try again in a few minutes."),
    "lost": noted("The proctoring software did not answer any more, so your exam has ended."),
}
"""What the page says after a form was sent, beyond showing how things stand."""


@router.get(EXAM)
def exam(
    exam_id: int, visit: TheVisit, source: Source, done: Annotated[str, Query()] = ""
) -> Response:
    """The exam, wherever it stands."""
    view = view_of(visit, exam_id)
    if view.record is not None:
        own.note_look(visit.hub, view.record, source)
    content = _content(visit, view)
    return page(
        visit,
        "learner/exam.html",
        course_id=view.exam.course.course_id,
        frames=[origin_of(content)] if content else (),
        posts_to=[origin_of(view.plan.url)] if isinstance(view.plan, FormPostPlan) else (),
        talks_to=[origin_of(view.heartbeat.url)] if view.heartbeat else (),
        view=view,
        here=exam_path(exam_id),
        exam_path=exam_path,
        content=content,
        done=DONE.get(done, ""),
    )


@router.get(EXAM + "/without-proctoring")
def without_proctoring(exam_id: int, visit: TheVisit) -> Response:
    """What follows from taking the exam without proctoring, before it is done."""
    view = view_of(visit, exam_id)
    if not view.may_opt_out:
        return RedirectResponse(exam_path(exam_id, "?done=moved"), 303)
    course_id = view.exam.course.course_id
    return page(
        visit,
        "learner/without_proctoring.html",
        course_id=course_id,
        view=view,
        here=exam_path(exam_id),
    )


def view_of(visit: Visit, exam_id: int) -> ExamView:
    """The signed-in learner's view of the exam.

    :raises NotFound: it is not theirs.
    """
    proven = visit.sign_in.proven_attempt_pk
    return exam_view(visit.hub, visit.actor, exam_id, visit.speech.tag, proven_attempt_pk=proven)


def _content(visit: Visit, view: ExamView) -> str:
    """Where the questions are, if they may be shown in this browser; else nothing."""
    template, record = visit.settings.content_url, view.record
    if not template or record is None or view.stage is not Stage.RUNNING:
        return ""
    allowed = access.check(
        visit.hub,
        visit.actor,
        record.code,
        None,
        proven_attempt_pk=visit.sign_in.proven_attempt_pk,
    )
    if not allowed.may_show:
        return ""
    return template.format(
        course_id=quote(record.course_id, safe=""),
        content_id=quote(record.exam_content_id, safe=""),
        attempt_code=quote(record.code, safe=""),
    )
