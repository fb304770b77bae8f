"""Names and texts that no database can hold are answered, never a database's error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from proctor_hub.domain.words import AttemptStatus, ReviewOwner
from proctor_hub.services import review_lists
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.tokens import Caller, person_token
from proctor_hub.services.attempts import access, create, launch, optout, reading, staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.attempts.learner import act
from proctor_hub.services.callbacks import list_callbacks, replay, show_callback
from proctor_hub.services.decisions import DecisionWord, decide, list_decisions
from proctor_hub.services.errors import Invalid, NotFound
from proctor_hub.services.queues import second_reviews
from tests.services.attempts.world import COURSE, World
from tests.support import LMS, OPERATOR

S = AttemptStatus


def lms_caller(world: World) -> Caller:
    client = clients.create(world.hub, OPERATOR, ClientKind.LMS).client
    return Caller(client=client, actor=clients.actor_of(client))


NAMES: dict[str, Callable[[World, str], Any]] = {
    "act": lambda w, n: act(w.hub, LMS, n, A.START),
    "get": lambda w, n: reading.get(w.hub, LMS, n),
    "launch": lambda w, n: launch.launch(w.hub, LMS, n, "en"),
    "decline": lambda w, n: optout.decline(w.hub, LMS, n),
    "access": lambda w, n: access.check(w.hub, LMS, n, None),
    "reset": lambda w, n: staff.reset(w.hub, w.prof, n, reason="x"),
    "retry": lambda w, n: staff.retry(w.hub, LMS, n),
    "decide": lambda w, n: decide(w.hub, w.prof, n, DecisionWord.PASS, reason="x"),
    "decisions": lambda w, n: list_decisions(w.hub, w.prof, n),
    "revisions": lambda w, n: review_lists.list_revisions(w.hub, w.prof, n),
    "active": lambda w, n: reading.active(w.hub, LMS, n),
    "list": lambda w, n: reading.list_attempts(w.hub, LMS, n),
    "queue": lambda w, n: second_reviews(w.hub, w.prof, ReviewOwner.COURSE_TEAM, course_id=n),
    "create": lambda w, n: create.create_attempt(w.hub, LMS, exam_pk=1, user_id=n),
    "exam": lambda w, n: create.create_attempt(w.hub, LMS, exam_pk=2**70, user_id="ada"),
    "person token": lambda w, n: person_token(w.hub, lms_caller(w), n),
    "callback": lambda w, n: show_callback(w.hub, OPERATOR, 2**70),
    "replay": lambda w, n: replay(w.hub, OPERATOR, 2**70),
}


def test_a_name_that_cannot_exist_is_not_found(world: World) -> None:
    world.learner()
    world.exam()
    for call in NAMES.values():
        for name in ("nul\0", "\ud800", "nothing"):
            with pytest.raises(NotFound):
                call(world, name)


def test_filters_that_cannot_match_find_nothing(world: World) -> None:
    world.created()
    assert list_callbacks(world.hub, OPERATOR, outcome="nul\0").items == ()
    for wanted in ({"user_id": "nul\0"}, {"exam_pk": 2**70}, {"exam_pk": -1}):
        assert reading.list_attempts(world.hub, LMS, COURSE, **wanted).items == ()  # type: ignore[arg-type]


def test_reasons_that_cannot_be_stored_are_refused(world: World) -> None:
    record = world.attempt(S.SECOND_REVIEW_REQUIRED)
    hub, code, kept = world.hub, record.code, world.callbacks()[0].id
    naive = datetime(2027, 1, 1)
    for reason in ("nul\0", "\ud800"):
        for call in (
            lambda r=reason: decide(hub, world.prof, code, DecisionWord.PASS, reason=r),
            lambda r=reason: staff.reset(hub, world.prof, code, reason=r),
            lambda r=reason: staff.resume(hub, world.prof, code, reason=r),
            lambda r=reason: replay(hub, OPERATOR, kept, reason=r),
            lambda: staff.reset(hub, world.prof, code, reason="x", due_at=naive),
        ):
            with pytest.raises(Invalid):
                call()
    assert world.fresh(record).live
