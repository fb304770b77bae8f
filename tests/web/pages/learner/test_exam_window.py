"""Where the vendor's own browser is the exam's window, the exam is taken there alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from proctor_hub import VendorDescription, hookimpl
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempts import access
from proctor_hub.storage import attempts
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.testing.fake_vendor import FakeVendor
from tests.support import plugin_of
from tests.web.pages.learner.test_journeys import code_of, words
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site, a_site

S = AttemptStatus


class OwnBrowser(FakeVendor):
    """A vendor whose own browser is the exam window."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        """As the fake vendor's, but for that."""
        return replace(super().describe_vendor(), needs_exam_proof=True)


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    plugins = [plugin_of("own", OwnBrowser)]
    with a_site(database_url, vendors={"acme": {"plugin": "own"}}, plugins=plugins) as site:
        site.course()
        site.person("ann", course_id=COURSE)
        yield site


def _record(site: Site, code: str) -> AttemptRecord:
    with site.hub.database.read() as conn:
        record = attempts.by_code(conn, code)
    assert record is not None
    return record


def test_forms_of_another_browser_change_nothing(site: Site) -> None:
    exam = site.exam(exam_type="practice")
    path = f"/learn/exams/{exam}"
    ordinary, window = Visitor(site), Visitor(site)
    ordinary.open("ann")
    ordinary.get(path)
    ordinary.post(path + "/begin")
    code = code_of(site, exam)
    site.ready(code)
    proof = access.issue_proof(site.hub, _record(site, code))
    assert "30 minutes" in words(window.get(f"/exams/{code}?proof={proof}"))
    steps = (
        ("start", S.READY_TO_START, S.STARTED),
        ("finish", S.STARTED, S.READY_TO_SUBMIT),
        ("back", S.READY_TO_SUBMIT, S.STARTED),
        ("finish", S.STARTED, S.READY_TO_SUBMIT),
        ("submit", S.READY_TO_SUBMIT, S.SUBMITTED),
    )
    for action, before, after in steps:
        assert "stands elsewhere" in words(ordinary.post(f"{path}/{action}"))
        assert _record(site, code).status is before
        assert window.post(f"{path}/{action}").status_code == 200
        assert _record(site, code).status is after
