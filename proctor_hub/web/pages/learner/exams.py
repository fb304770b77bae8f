"""The learner's exams, by course."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from proctor_hub.domain.results import result_word, status_sentence
from proctor_hub.services.attempts import own
from proctor_hub.storage.own_exams import OwnExamRow
from proctor_hub.web.pages import words
from proctor_hub.web.pages.learner.paths import HOME
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheVisit

router = page_router()


@router.get(HOME)
def exams(visit: TheVisit, cursor: Annotated[str | None, Query()] = None) -> Response:
    """Every exam of the courses the learner is enrolled in, each with where it stands."""
    found = own.own_exams_page(visit.hub, visit.actor, cursor=cursor)
    courses = [
        (row[0].course_title or row[0].course_id, row)
        for row in (list(rows) for _, rows in groupby(found.items, lambda one: one.course_pk))
    ]
    return page(
        visit,
        "learner/exams.html",
        courses=courses,
        turns=turns(HOME, cursor, found),
        result_of=_result,
        sentence_of=_sentence,
    )


def _result(row: OwnExamRow) -> words.Badge | None:
    word = None if row.status is None else result_word(row.status, row.exam_type)
    return None if word is None else words.RESULTS[word]


def _sentence(row: OwnExamRow) -> str:
    return "" if row.status is None else status_sentence(row.status, row.exam_type)
