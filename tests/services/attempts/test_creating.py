"""An attempt begins: who may, once only, and what the vendor makes of it (§3, §6, §7, §10)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from proctor_hub import AttemptRef, OnboardingChanged, OnboardingStatus, SessionReady
from proctor_hub.domain.errors import LiveAttemptExists, PastDue, TrackNotEligible
from proctor_hub.domain.words import ONBOARDING_REFUSALS, AttemptStatus, ExamType, Role, Track
from proctor_hub.errors import VendorProtocolError, VendorRejected, VendorUnavailable
from proctor_hub.services.attempts import create, launch, reading, registration, staff
from proctor_hub.services.attempts.learner import LearnerAction as A
from proctor_hub.services.audit import attempt_history
from proctor_hub.services.errors import (
    Conflict,
    Forbidden,
    NotFound,
    VendorDown,
    VendorRefused,
)
from proctor_hub.services.exams import ExamSettings, update_exam
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import profiles
from proctor_hub.storage import tables as t
from proctor_hub.storage.people import pseudonym_for
from tests.services.attempts.world import World, assert_explained
from tests.support import LMS, OPERATOR, START

S = AttemptStatus
T = ExamType


def history_of(hub: Hub, actor: Actor, code: str) -> object:
    return attempt_history(hub, actor, code=code)


@pytest.mark.parametrize("track", [Track.VERIFIED, Track.AUDIT])
@pytest.mark.parametrize("exam_type", list(ExamType))
def test_only_the_verified_track_takes_proctored_and_onboarding_exams(
    world: World, exam_type: ExamType, track: Track
) -> None:
    exam = world.exam(exam_type)
    world.learner("ada", track)
    if track is Track.AUDIT and exam_type in (T.PROCTORED, T.ONBOARDING):
        with pytest.raises(TrackNotEligible):
            create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
        assert world.rows(t.attempts) == []
    else:
        made = create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
        assert made.record.status is S.CREATED


def test_who_creates_for_whom(world: World) -> None:
    exam, ada, bob = world.exam(), world.learner("ada"), world.learner("bob")
    for stranger in (bob, world.prof, world.sue, OPERATOR, Actor(role=Role.VENDOR, id="acme")):
        with pytest.raises(Forbidden):
            create.create_attempt(world.hub, stranger, exam_pk=exam.id, user_id="ada")
    made = create.create_attempt(world.hub, ada, exam_pk=exam.id, user_id="ada").record
    assert (made.learner_user_id, made.number, len(made.code)) == ("ada", 1, 40)
    with pytest.raises(NotFound):
        create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="nobody")
    with pytest.raises(NotFound):
        create.create_attempt(world.hub, LMS, exam_pk=99, user_id="ada")


@pytest.mark.parametrize("exam_type", list(ExamType))
def test_a_person_takes_exams_of_their_own_courses_only(world: World, exam_type: ExamType) -> None:
    exam, zoe = world.exam(exam_type), world.person("zoe")
    with pytest.raises(NotFound):
        create.create_attempt(world.hub, zoe, exam_pk=exam.id, user_id="zoe")
    assert world.rows(t.attempts) == []


def test_a_fellow_learner_does_not_learn_that_an_attempt_exists(world: World) -> None:
    record, bob = world.created(), world.learner("bob")
    for hub_call in (reading.get, history_of):
        with pytest.raises(NotFound):
            hub_call(world.hub, bob, record.code)


def test_a_second_live_attempt_is_refused_and_named(world: World) -> None:
    exam = world.exam()
    first = world.created(exam)
    with pytest.raises(LiveAttemptExists) as refused:
        create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
    assert refused.value.attempt_code == first.code
    world.act(first, A.DOWNLOAD_CLICKED)
    world.ready(first)
    with pytest.raises(LiveAttemptExists):
        create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")


def test_not_after_the_due_date_nor_in_an_inactive_exam(world: World) -> None:
    world.learner()
    late = world.exam(due_at=START)
    with pytest.raises(PastDue):
        create.create_attempt(world.hub, LMS, exam_pk=late.id, user_id="ada")
    off = world.exam()
    update_exam(world.hub, LMS, exam_pk=off.id, settings=ExamSettings(is_active=False))
    with pytest.raises(Conflict):
        create.create_attempt(world.hub, LMS, exam_pk=off.id, user_id="ada")


def test_the_vendor_gets_a_stored_pseudonym_and_never_the_users_id(world: World) -> None:
    first, second = world.created(), world.created()
    told = [item.arguments for item in world.vendor().told if item.hook == "register_attempt"]
    names = [arguments["learner"].pseudonym for arguments in told]  # type: ignore[attr-defined]
    assert names[0] == names[1] != "ada"
    stored = world.hub.database.write(lambda conn: pseudonym_for(conn, first.person_pk, "acme"))
    assert stored == names[0]
    assert "ada" not in repr(told).replace(first.exam_name, "")
    assert first.external_id != second.external_id


@pytest.mark.parametrize(
    ("failure", "problem"),
    [
        (VendorUnavailable("refused"), VendorDown),
        (VendorProtocolError("200 without an id"), VendorDown),
        (VendorRejected("no such account", status=400), VendorRefused),
    ],
)
def test_a_vendor_that_is_down_leaves_the_attempt_created_and_launching_tries_again(
    world: World, failure: Exception, problem: type[Exception]
) -> None:
    exam = world.exam()
    world.learner()
    world.vendor().fail_with = failure  # type: ignore[assignment]
    made = create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
    assert isinstance(made.problem, problem)
    assert (made.record.status, made.record.external_id) == (S.CREATED, None)
    with pytest.raises(problem):
        launch.launch(world.hub, LMS, made.record.code, "en")
    assert world.fresh(made.record).status is S.CREATED
    world.vendor().fail_with = None
    launched = launch.launch(world.hub, LMS, made.record.code, "en")
    assert launched.plan is not None and launched.record.external_id is not None
    assert world.event_types(made.record) == ["created"]
    # and again: no second registration
    again = launch.launch(world.hub, LMS, made.record.code, "en")
    assert again.record.external_id == launched.record.external_id


def test_launching_ends_with_the_start(world: World) -> None:
    for record in (world.attempt(S.STARTED), world.attempt(S.SUBMITTED, user_id="bob")):
        with pytest.raises(Conflict):
            launch.launch(world.hub, LMS, record.code, "en")
    timed = world.created(world.exam(T.TIMED), "eve")
    assert launch.launch(world.hub, LMS, timed.code, "en").plan is None


def test_an_id_that_another_attempt_has_is_a_failure_that_a_retry_mends(world: World) -> None:
    exam = world.exam()
    first = world.created(exam)
    world.learner("bob")
    world.vendor().next_ids = [first.external_id or ""]
    made = create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="bob")
    assert isinstance(made.problem, VendorDown)
    assert made.problem.retryable
    assert world.fresh(made.record).external_id is None
    assert launch.launch(world.hub, LMS, made.record.code, "en").record.external_id is not None
    assert world.fresh(first).external_id == first.external_id


@pytest.mark.parametrize("refusal", sorted(ONBOARDING_REFUSALS))
def test_an_onboarding_refusal_is_a_status_out_of_which_the_learner_tries_again(
    world: World, refusal: AttemptStatus
) -> None:
    exam = world.exam()
    world.learner()
    world.vendor().refuse_with = refusal
    made = create.create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="ada")
    assert (made.record.status, made.problem) == (refusal, None)
    again = launch.launch(world.hub, LMS, made.record.code, "en")
    assert (again.record.status, again.plan) == (refusal, None)
    world.vendor().refuse_with = None
    launched = launch.launch(world.hub, LMS, made.record.code, "en")
    assert launched.record.status is S.CREATED
    assert launched.record.external_id is not None
    assert world.event_types(made.record) == ["created"]
    assert_explained(world, made.record)


def test_registering_twice_replaces_the_session_and_removes_the_former(world: World) -> None:
    record = world.created()
    pseudonym = world.hub.database.write(lambda conn: pseudonym_for(conn, record.person_pk, "acme"))
    again = registration.register(world.hub, record, pseudonym)
    assert again.external_id != record.external_id
    assert world.notices(record) == ["session_removed"]
    (notice,) = world.rows(t.outbox, t.outbox.c.kind == "session_removed")
    assert notice.payload["external_id"] == record.external_id
    old = SessionReady(attempt=AttemptRef(external_id=record.external_id))
    both = SessionReady(
        attempt=AttemptRef(external_id=record.external_id, attempt_code=record.code)
    )
    assert [world.say(old), world.say(both)] == [200, 200]
    assert world.fresh(record).status is S.CREATED
    kept = world.callbacks()
    assert [(row.outcome, row.attempt_pk) for row in kept] == [("stored", record.id)] * 2
    world.ready(again)
    assert world.fresh(record).status is S.READY_TO_START


def test_an_answer_that_comes_after_the_start_is_taken_back_and_the_session_runs_on(
    world: World,
) -> None:
    record = world.attempt(S.STARTED)
    pseudonym = world.hub.database.write(lambda conn: pseudonym_for(conn, record.person_pk, "acme"))
    world.vendor().next_ids = ["late"]
    after = registration.register(world.hub, record, pseudonym)
    assert after.external_id == record.external_id
    assert world.notices(record) == ["session_started", "session_removed"]
    world.act(record, A.SUBMIT)
    assert world.review(record) == 200
    assert world.fresh(record).status is S.VERIFIED


def test_an_answer_that_comes_after_a_reset_never_reaches_the_new_attempt(world: World) -> None:
    record = world.created()
    anew = staff.reset(world.hub, world.prof, record.code, reason="again").record
    pseudonym = world.hub.database.write(lambda conn: pseudonym_for(conn, record.person_pk, "acme"))
    world.vendor().next_ids = ["late"]
    registration.register(world.hub, record, pseudonym)
    world.say(SessionReady(attempt=AttemptRef(external_id="late")))
    assert world.fresh(record).status is S.CREATED
    assert (world.fresh(anew).status, world.fresh(anew).external_id) == (S.CREATED, None)


PROFILES = [
    (S.CREATED, OnboardingStatus.SETUP_STARTED),
    (S.STARTED, OnboardingStatus.ONBOARDING_STARTED),
    (S.SUBMITTED, OnboardingStatus.SUBMITTED),
    (S.VERIFIED, OnboardingStatus.VERIFIED),
    (S.REJECTED, OnboardingStatus.REJECTED),
    (S.ERROR, OnboardingStatus.ERROR),
]


def profile(world: World, person_pk: int) -> OnboardingStatus:
    with world.hub.database.read() as conn:
        return profiles.effective(conn, person_pk, "acme", world.hub.now())


@pytest.mark.parametrize(("status", "expected"), PROFILES)
def test_the_profile_follows_the_onboarding_attempt(
    world: World, status: AttemptStatus, expected: OnboardingStatus
) -> None:
    record = world.attempt(status, T.ONBOARDING)
    assert profile(world, record.person_pk) is expected


def test_an_approval_runs_out_and_nothing_but_a_new_one_revives_it(world: World) -> None:
    record = world.attempt(S.VERIFIED, T.ONBOARDING)
    world.clock.move(days=364)
    assert profile(world, record.person_pk) is OnboardingStatus.VERIFIED
    world.clock.move(days=2)
    assert profile(world, record.person_pk) is OnboardingStatus.EXPIRED
    world.act(record, A.PING)
    world.review(record, "passed", order="2")
    assert profile(world, record.person_pk) is OnboardingStatus.EXPIRED
    exam = world.rows(t.exams)[0]
    anew = staff.retry(world.hub, LMS, record.code).record
    assert anew.exam_pk == exam.id
    launched = launch.launch(world.hub, LMS, anew.code, "en").record
    world.ready(launched)
    world.act(anew, A.START)
    world.act(anew, A.SUBMIT)
    world.review(launched)
    assert profile(world, record.person_pk) is OnboardingStatus.VERIFIED
    (stored,) = world.rows_of_profile()
    assert stored.expires_at == world.hub.now() + timedelta(days=365)


def test_the_vendors_word_on_a_profile_wins_and_an_unknown_pseudonym_is_kept(
    world: World,
) -> None:
    record = world.attempt(S.VERIFIED, T.ONBOARDING)
    pseudonym = world.hub.database.write(lambda conn: pseudonym_for(conn, record.person_pk, "acme"))
    status = OnboardingStatus.REJECTED
    assert world.say(OnboardingChanged(pseudonym=pseudonym, status=status)) == 200
    world.act(record, A.PING)
    assert profile(world, record.person_pk) is status
    for unknown in ("nobody", "nul\0"):
        assert world.say(OnboardingChanged(pseudonym=unknown, status=status)) == 404
    assert [row.outcome for row in world.callbacks()][-2:] == ["unmatched", "unmatched"]
