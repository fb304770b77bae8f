"""Courses, exams, tracks, opting out; beginnings, resets, resumes, retries (domain §3, §7)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proctor_hub.domain import errors, exams, lifecycle
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.words import (
    UNSTARTED,
    AttemptStatus,
    ExamType,
    OnboardingStatus,
    Role,
    Track,
)

T = ExamType
S = AttemptStatus


def test_the_type_is_fixed_by_the_first_attempt() -> None:
    exams.ensure_type_change(T.TIMED, T.PROCTORED, has_attempts=False)
    exams.ensure_type_change(T.TIMED, T.TIMED, has_attempts=True)
    with pytest.raises(errors.ExamTypeFixed):
        exams.ensure_type_change(T.TIMED, T.PROCTORED, has_attempts=True)


@pytest.mark.parametrize("pinned", [T.PROCTORED, T.PRACTICE, T.ONBOARDING])
def test_a_vendor_with_exams_changes_by_migration_only(pinned: ExamType) -> None:
    exams.ensure_vendor_change("a", "b", [T.TIMED])
    exams.ensure_vendor_change(None, "b", [pinned])
    exams.ensure_vendor_change("a", "a", [pinned])
    for wanted in ("b", None):
        with pytest.raises(errors.VendorChangeRefused, match="migration"):
            exams.ensure_vendor_change("a", wanted, [T.TIMED, pinned])


@pytest.mark.parametrize("exam_type", T)
def test_what_a_course_may_have(exam_type: ExamType) -> None:
    exams.ensure_creatable(exam_type, proctoring_on=True, vendor="a", supported=set(T))
    if exam_type is T.TIMED:
        exams.ensure_creatable(exam_type, proctoring_on=False, vendor=None)
        return
    for on, vendor in ((False, "a"), (True, None)):
        with pytest.raises(errors.ProctoringOff):
            exams.ensure_creatable(exam_type, proctoring_on=on, vendor=vendor, supported=set(T))
    with pytest.raises(errors.ExamTypeNotSupported):
        exams.ensure_creatable(
            exam_type, proctoring_on=True, vendor="a", supported=set(T) - {exam_type}
        )


@pytest.mark.parametrize("exam_type", T)
def test_tracks(exam_type: ExamType) -> None:
    exams.ensure_track(exam_type, Track.VERIFIED)
    for track in (Track.AUDIT, None):
        if exam_type in (T.PROCTORED, T.ONBOARDING):
            with pytest.raises(errors.TrackNotEligible) as caught:
                exams.ensure_track(exam_type, track)
            assert caught.value.code == "track_not_eligible"
        else:
            exams.ensure_track(exam_type, track)


def test_opting_out() -> None:
    for status in (None, *UNSTARTED):
        exams.ensure_opt_out(T.PROCTORED, allowed=True, status=status)
    for status in set(S) - UNSTARTED:
        with pytest.raises(errors.OptOutRefused):
            exams.ensure_opt_out(T.PROCTORED, allowed=True, status=status)
    with pytest.raises(errors.OptOutRefused):
        exams.ensure_opt_out(T.PROCTORED, allowed=False)
    for exam_type in set(T) - {T.PROCTORED}:
        with pytest.raises(errors.OptOutRefused):
            exams.ensure_opt_out(exam_type, allowed=True)


def test_the_cascade_takes_unattempted_proctored_exams() -> None:
    found = {t for t in T if exams.cascades_to(t, has_live_attempt=False)}
    assert found == {T.PROCTORED}
    assert not exams.cascades_to(T.PROCTORED, has_live_attempt=True)


def test_settings_of_exams_and_courses() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)
    exams.ensure_dates(start, end)
    exams.ensure_dates(None, end)
    exams.ensure_time_limit(T.PROCTORED, 1)
    exams.ensure_escalation_email(None, vendor="a", demanded=False)
    exams.ensure_escalation_email("x@example.org", vendor="a", demanded=True)
    with pytest.raises(errors.InvalidExam):
        exams.ensure_dates(end, start)
    for limit in (None, 0):
        with pytest.raises(errors.InvalidExam):
            exams.ensure_time_limit(T.PROCTORED, limit)
    with pytest.raises(errors.InvalidExam):
        exams.ensure_escalation_email(" ", vendor="a", demanded=True)


def test_an_attempt_begins_created_or_declined_by_opting_out() -> None:
    legal = {
        (status, cause, exam_type)
        for status in S
        for cause in Cause
        for exam_type in T
        if _begins(status, cause, exam_type)
    }
    created = {(S.CREATED, c, t) for c in Cause if c is not Cause.OPT_OUT for t in T}
    assert legal == created | {(S.DECLINED, Cause.OPT_OUT, T.PROCTORED)}


def _begins(status: AttemptStatus, cause: Cause, exam_type: ExamType) -> bool:
    try:
        lifecycle.ensure_initial(status, by=cause, exam_type=exam_type)
    except errors.IllegalMove:
        return False
    return True


def test_numbers_go_up() -> None:
    assert [lifecycle.next_number(n) for n in (None, 1, 7)] == [1, 2, 8]


@pytest.mark.parametrize("role", Role)
def test_reset_and_resume_are_for_staff(role: Role) -> None:
    if role in (Role.COURSE_TEAM, Role.SUPPORT):
        lifecycle.ensure_may_reset(role, archived=False)
        lifecycle.ensure_may_resume(role, S.ERROR, archived=False)
        with pytest.raises(errors.AttemptArchived):
            lifecycle.ensure_may_reset(role, archived=True)
        with pytest.raises(errors.AttemptArchived):
            lifecycle.ensure_may_resume(role, S.ERROR, archived=True)
        for status in set(S) - {S.ERROR}:
            with pytest.raises(errors.ResumeRefused):
                lifecycle.ensure_may_resume(role, status, archived=False)
        return
    with pytest.raises(errors.NotEntitled):
        lifecycle.ensure_may_reset(role, archived=False)
    with pytest.raises(errors.NotEntitled):
        lifecycle.ensure_may_resume(role, S.ERROR, archived=False)


def _may_retry(exam_type: ExamType, status: S, profile: OnboardingStatus | None = None) -> bool:
    try:
        lifecycle.ensure_may_retry(exam_type, status, archived=False, profile=profile)
    except errors.RetryRefused:
        return False
    return True


def test_learners_retry_practice_and_failed_onboarding() -> None:
    practice = {s for s in S if _may_retry(T.PRACTICE, s)}
    assert practice == {s for s in S if s not in UNSTARTED | {S.STARTED, S.READY_TO_SUBMIT}}
    assert {s for s in S if _may_retry(T.ONBOARDING, s)} == {S.REJECTED, S.ERROR}
    assert _may_retry(T.ONBOARDING, S.VERIFIED, OnboardingStatus.EXPIRED)
    assert not _may_retry(T.ONBOARDING, S.STARTED, OnboardingStatus.EXPIRED)
    assert not any(_may_retry(t, s) for t in (T.TIMED, T.PROCTORED) for s in S)
    with pytest.raises(errors.AttemptArchived):
        lifecycle.ensure_may_retry(T.PRACTICE, S.SUBMITTED, archived=True)


def test_every_error_has_a_code_of_its_own() -> None:
    found = errors.DomainError.__subclasses__()
    assert len({e.code for e in found} | {errors.DomainError.code}) == len(found) + 1
    assert all(e.code.replace("_", "").isalpha() and e.code.islower() for e in found)
