"""The exam page in every status of every type: the sentence, the actions, and no vendor call."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from proctor_hub.domain.results import status_sentence
from proctor_hub.domain.words import UNFINISHED, AttemptStatus, ExamType
from proctor_hub.storage import attempts as store
from proctor_hub.storage.tables import attempts
from proctor_hub.web.pages.learner.view import exam_view
from tests.support import fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site

S = AttemptStatus
T = ExamType

RESULTS = {
    S.COMPLETED: "Pending",
    S.TIMED_OUT: "Pending",
    S.SUBMITTED: "Pending",
    S.SECOND_REVIEW_REQUIRED: "Pending",
    S.VERIFIED: "Satisfactory",
    S.REJECTED: "Unsatisfactory",
}
ACTIONS = {
    S.READY_TO_START: {"start"},
    S.STARTED: {"finish"},
    S.READY_TO_SUBMIT: {"submit", "back"},
    S.ONBOARDING_MISSING: {"prepare"},
    S.ONBOARDING_PENDING: {"prepare"},
    S.ONBOARDING_FAILED: {"prepare"},
    S.ONBOARDING_EXPIRED: {"prepare"},
}


TIMED = {S.CREATED, S.STARTED, S.READY_TO_SUBMIT, S.COMPLETED, S.TIMED_OUT, S.SUBMITTED, S.EXPIRED}
"""Where a timed exam can get to."""


def actions(exam_type: ExamType, status: AttemptStatus) -> set[str]:
    """What the learner can do."""
    if exam_type is T.TIMED and status is S.CREATED:
        return {"start"}
    if exam_type is T.PRACTICE and status not in UNFINISHED:
        return {"retry"}
    if exam_type is T.ONBOARDING and status in (S.REJECTED, S.ERROR):
        return {"retry"}
    return ACTIONS.get(status, set())


@pytest.mark.parametrize("exam_type", list(T))
def test_every_status(embedded_site: Site, exam_type: ExamType) -> None:
    site = embedded_site
    site.course(escalation_email="team@x.test")
    site.person("ann", course_id=COURSE)
    site.person("bob", course_id=COURSE)
    exam = site.exam(exam_type=exam_type)
    code = site.attempt(exam, "ann")["code"]
    others = [site.attempt(exam, "bob")["code"], "bob", "Full bob", "bob@x.test"]
    visitor = Visitor(site)
    visitor.open("ann")
    with site.hub.database.read() as conn:
        record = store.by_code(conn, code)
    assert record is not None
    told = len(fake_vendor(site.hub).told)
    for status in S:
        _put(site, record.id, status)
        answer = visitor.get(f"/learn/exams/{exam}")
        assert answer.status_code == 200, (status, answer.text)
        main = answer.text[answer.text.index("<main") :]
        said = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())
        found = set(re.findall(rf'action="/learn/exams/{exam}/([a-z-]+)"', main))
        if exam_type is not T.TIMED or status in TIMED:
            assert status_sentence(status, exam_type) in said, status
            assert found == actions(exam_type, status), status
        for word in set(RESULTS.values()):
            shown = exam_type.is_reviewed and RESULTS.get(status) == word
            assert (f"</span> {word}<" in main) is shown, (status, word)
        assert code not in main
        assert not [word for word in others if word in answer.text], status
        assert "About this exam Write to team@x.test" in said, status
        if exam_type is T.PROCTORED and status in RESULTS:
            assert "What happens next" in said, status
        if record.external_id is not None:
            # The fake vendor's own plan, before the start, is a link that holds it.
            planned = status in (S.CREATED, S.DOWNLOAD_SOFTWARE_CLICKED)
            assert (record.external_id in main) is planned, status
        looking = exam_view(site.hub, record.person_pk, exam, "en")
        assert looking.read_only and looking.plan is None
    assert len(fake_vendor(site.hub).told) == told


def _put(site: Site, pk: int, status: AttemptStatus) -> None:
    """The attempt as if it stood there, five minutes into the exam."""
    now = site.hub.now()
    values = {
        "status": status,
        "ready_at": now,
        "started_at": now - timedelta(minutes=5),
        "allowed_seconds": 1800,
        "deadline_at": now + timedelta(minutes=25),
    }

    def unit(conn: sa.Connection) -> None:
        conn.execute(attempts.update().where(attempts.c.id == pk).values(values))

    site.hub.database.write(unit)
