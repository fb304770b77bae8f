"""What a learner does with an exam: each form calls one service, then shows how things stand."""

from __future__ import annotations

from contextlib import suppress

from starlette.responses import RedirectResponse, Response

from proctor_hub.domain.errors import DomainError
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempts import create, launch, learner, optout, own, staff
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.attempts.own import OwnExam
from proctor_hub.services.errors import Conflict, VendorDown, VendorRefused
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.launching import DownloadPlan, ExamCodePlan
from proctor_hub.web.context import Source
from proctor_hub.web.pages.forms import TheForm
from proctor_hub.web.pages.learner.exam import view_of
from proctor_hub.web.pages.learner.paths import EXAM, exam_path
from proctor_hub.web.pages.learner.view import in_window
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit, Visit

router = page_router()

_ACTIONS = {
    "start": LearnerAction.START,
    "finish": LearnerAction.FINISH,
    "back": LearnerAction.GO_BACK,
    "submit": LearnerAction.SUBMIT,
}


@router.post(EXAM + "/begin")
def begin(exam_id: int, visit: TheVisit, form: TheForm) -> Response:
    """An attempt begins; where the vendor is down, the page says so and offers to try again."""
    own.own_exam(visit.hub, visit.actor, exam_id)
    user_id = visit.sign_in.user_id
    # Refused where a second press or tab was first, or it is too late: the page shows which.
    with suppress(DomainError, Conflict):
        create.create_attempt(visit.hub, visit.actor, exam_pk=exam_id, user_id=user_id)
    return _back(exam_id)


@router.post(EXAM + "/prepare")
def prepare(exam_id: int, visit: TheVisit, form: TheForm) -> Response:
    """The session is opened where the vendor was down, or refused for want of onboarding."""
    record = _live(visit, exam_id)
    return _prepared(visit, exam_id, record)


@router.post(EXAM + "/download")
def download(exam_id: int, visit: TheVisit, form: TheForm, source: Source) -> Response:
    """Sends the browser to the vendor's software, and notes that the learner went there."""
    view = view_of(visit, exam_id)
    record, address = view.record, view.plan_address
    if record is None or not address or not isinstance(view.plan, DownloadPlan | ExamCodePlan):
        return _back(exam_id, "silent" if view.problem else "moved")
    if record.status is AttemptStatus.CREATED:
        try:
            learner.act(
                visit.hub,
                visit.actor,
                record.code,
                LearnerAction.DOWNLOAD_CLICKED,
                source_address=source,
            )
        except DomainError:
            return _back(exam_id, "moved")
    course_id = view.exam.course.course_id
    return page(visit, "learner/download.html", course_id=course_id, address=address)


@router.post(EXAM + "/without-proctoring")
def decline(exam_id: int, visit: TheVisit, form: TheForm) -> Response:
    """The learner takes the exam without proctoring."""
    record = own.own_exam(visit.hub, visit.actor, exam_id).record
    try:
        if record is None:
            user_id = visit.sign_in.user_id
            optout.decline_exam(visit.hub, visit.actor, exam_pk=exam_id, user_id=user_id)
        elif record.status is not AttemptStatus.DECLINED:
            optout.decline(visit.hub, visit.actor, record.code)
    except (DomainError, Conflict):
        return _back(exam_id, "moved")
    return _back(exam_id)


@router.post(EXAM + "/retry")
def retry(exam_id: int, visit: TheVisit, form: TheForm) -> Response:
    """Practice or onboarding begins anew."""
    record = _live(visit, exam_id)
    try:
        made = staff.retry(visit.hub, visit.actor, record.code)
    except (DomainError, Conflict):
        return _back(exam_id, "moved")
    return _prepared(visit, exam_id, made.record)


@router.post(EXAM + "/software-lost")
def software_lost(exam_id: int, visit: TheVisit, form: TheForm, source: Source) -> Response:
    """The exam page heard nothing of the proctoring software for longer than its vendor grants."""
    record = _live(visit, exam_id)
    try:
        learner.act(
            visit.hub,
            visit.actor,
            record.code,
            LearnerAction.PROCTORING_LOST,
            source_address=source,
        )
    except (DomainError, Conflict):
        return _back(exam_id, "moved")
    return _back(exam_id, "lost")


@router.post(EXAM + "/{action}")
def act(exam_id: int, action: str, visit: TheVisit, form: TheForm, source: Source) -> Response:
    """Start, finish, go back, submit; what is not possible any more shows how things stand.

    All of it in the exam's window alone: a form of another browser changes nothing.
    """
    found = own.own_exam(visit.hub, visit.actor, exam_id)
    record = _begun(found)
    if action not in _ACTIONS:
        return _back(exam_id)
    if not in_window(found, visit.sign_in.proven_attempt_pk):
        return _back(exam_id, "moved")
    try:
        learner.act(visit.hub, visit.actor, record.code, _ACTIONS[action], source_address=source)
    except (DomainError, Conflict):
        return _back(exam_id, "moved")
    return _back(exam_id)


def _live(visit: Visit, exam_id: int) -> AttemptRecord:
    return _begun(own.own_exam(visit.hub, visit.actor, exam_id))


def _begun(found: OwnExam) -> AttemptRecord:
    if found.record is None:
        raise Conflict(noted("You have no attempt at this exam yet. Go back to it and begin."))
    return found.record


def _prepared(visit: Visit, exam_id: int, record: AttemptRecord) -> Response:
    try:
        launch.launch(visit.hub, visit.actor, record.code, visit.speech.tag)
    except (VendorDown, VendorRefused):
        return _back(exam_id, "silent")
    except (DomainError, Conflict):
        return _back(exam_id, "moved")
    return _back(exam_id)


def _back(exam_id: int, done: str = "") -> Response:
    return RedirectResponse(exam_path(exam_id, f"?done={done}" if done else ""), 303)
