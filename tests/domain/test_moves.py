"""Every pair of statuses, every cause, every exam type, against domain §3 written out by hand."""

from __future__ import annotations

from itertools import product

import pytest

from proctor_hub.domain.errors import IllegalMove
from proctor_hub.domain.moves import Cause, allowed_moves, ensure_move, is_final
from proctor_hub.domain.words import AttemptStatus, ExamType

# from > to : causes : exam types (t timed, p proctored, r practice, o onboarding)
EXPECTED_TEXT = """
created > download_software_clicked : learner vendor : p r o
created > ready_to_start : vendor : p r o
created > onboarding_missing : vendor : p r o
created > onboarding_pending : vendor : p r o
created > onboarding_failed : vendor : p r o
created > onboarding_expired : vendor : p r o
onboarding_missing > created : learner : p r o
onboarding_pending > created : learner : p r o
onboarding_failed > created : learner : p r o
onboarding_expired > created : learner : p r o
download_software_clicked > ready_to_start : vendor : p r o
ready_to_start > started : learner : p r o
created > started : learner : t
started > ready_to_submit : learner : t p r o
ready_to_submit > started : learner : t p r o
started > completed : learner : t p r o
started > completed : lost_proctoring reentry : p r o
ready_to_submit > completed : learner : t p r o
ready_to_submit > completed : lost_proctoring reentry : p r o
started > timed_out : clock course_end : t p r o
ready_to_submit > timed_out : clock course_end : t p r o
completed > submitted : stop_accepted : t p r o
completed > submitted : review : p o
timed_out > submitted : stop_accepted : t p r o
timed_out > submitted : review : p o
submitted > verified : review : p o
submitted > rejected : review : p o
submitted > second_review_required : review : p
second_review_required > verified : review decision : p
second_review_required > rejected : review decision : p
verified > second_review_required : review : p
rejected > second_review_required : review : p
verified > rejected : review decision : p o
rejected > verified : review decision : p o
created > declined : opt_out : p
download_software_clicked > declined : opt_out : p
ready_to_start > declined : opt_out : p
onboarding_missing > declined : opt_out : p
onboarding_pending > declined : opt_out : p
onboarding_failed > declined : opt_out : p
onboarding_expired > declined : opt_out : p
created > expired : due course_end : t p r o
download_software_clicked > expired : due course_end : t p r o
ready_to_start > expired : due course_end : t p r o
onboarding_missing > expired : due course_end : t p r o
onboarding_pending > expired : due course_end : t p r o
onboarding_failed > expired : due course_end : t p r o
onboarding_expired > expired : due course_end : t p r o
created > error : vendor staff fault_report : p r o
download_software_clicked > error : vendor staff fault_report : p r o
ready_to_start > error : vendor staff fault_report : p r o
started > error : vendor staff fault_report : p r o
ready_to_submit > error : vendor staff fault_report : p r o
completed > error : vendor staff fault_report : p r o
timed_out > error : vendor staff fault_report : p r o
submitted > error : vendor staff fault_report : p o
error > verified : decision : p o
error > rejected : decision : p o
"""

LETTERS = {
    "t": ExamType.TIMED,
    "p": ExamType.PROCTORED,
    "r": ExamType.PRACTICE,
    "o": ExamType.ONBOARDING,
}

Row = tuple[AttemptStatus, AttemptStatus, Cause, ExamType]


def _expected() -> set[Row]:
    rows: set[Row] = set()
    for line in EXPECTED_TEXT.strip().splitlines():
        pair, causes, types = line.split(" : ")
        origin, target = pair.split(" > ")
        for cause, letter in product(causes.split(), types.split()):
            rows.add((AttemptStatus(origin), AttemptStatus(target), Cause(cause), LETTERS[letter]))
    return rows


EXPECTED = _expected()
EVERYTHING: list[Row] = list(product(AttemptStatus, AttemptStatus, Cause, ExamType))


def _is_legal(row: Row, *, decided: bool = False, has_session: bool = True) -> bool:
    origin, target, cause, exam_type = row
    try:
        ensure_move(
            origin, target, by=cause, exam_type=exam_type, decided=decided, has_session=has_session
        )
    except IllegalMove as error:
        assert error.from_status is origin and error.to_status is target
        assert error.allowed == allowed_moves(origin, exam_type)
        assert origin in str(error) and target in str(error)
        return False
    return True


def test_the_expectation_covers_every_status() -> None:
    named = {row[0] for row in EXPECTED} | {row[1] for row in EXPECTED}
    assert named == set(AttemptStatus)


def test_legal_moves_and_nothing_else() -> None:
    assert {row for row in EVERYTHING if _is_legal(row)} == EXPECTED


def test_a_decision_shuts_out_reviews_and_nothing_but_reviews() -> None:
    guarded = {"second_review_required", "verified", "rejected"}
    expected = {r for r in EXPECTED if not (r[2] is Cause.REVIEW and r[0].value in guarded)}
    assert {row for row in EVERYTHING if _is_legal(row, decided=True)} == expected


def test_without_a_session_an_unstarted_attempt_cannot_err() -> None:
    lost = EXPECTED - {row for row in EVERYTHING if _is_legal(row, has_session=False)}
    unstarted = {"created", "download_software_clicked", "ready_to_start"}
    assert lost == {r for r in EXPECTED if r[0].value in unstarted and r[1].value == "error"}


@pytest.mark.parametrize("exam_type", ExamType)
@pytest.mark.parametrize("status", AttemptStatus)
def test_allowed_moves_are_those_of_some_cause(status: AttemptStatus, exam_type: ExamType) -> None:
    expected = {r[1] for r in EXPECTED if r[0] is status and r[3] is exam_type}
    found = allowed_moves(status, exam_type)
    assert set(found) == expected and len(found) == len(expected)
    assert is_final(status, exam_type) == (not expected)


@pytest.mark.parametrize("status", AttemptStatus)
def test_allowed_moves_of_any_type(status: AttemptStatus) -> None:
    assert set(allowed_moves(status)) == {r[1] for r in EXPECTED if r[0] is status}


@pytest.mark.parametrize("exam_type", [ExamType.TIMED, ExamType.PRACTICE])
def test_submitted_is_final_for_timed_and_practice(exam_type: ExamType) -> None:
    assert allowed_moves(AttemptStatus.SUBMITTED, exam_type) == ()


def test_the_refusal_tells_a_machine_and_a_person() -> None:
    with pytest.raises(IllegalMove) as caught:
        ensure_move(
            AttemptStatus.CREATED,
            AttemptStatus.STARTED,
            by=Cause.LEARNER,
            exam_type=ExamType.PROCTORED,
        )
    assert caught.value.code == "illegal_move"
    assert AttemptStatus.READY_TO_START in caught.value.allowed
    assert AttemptStatus.STARTED not in caught.value.allowed
    assert "no such move for exams of type “proctored”" in str(caught.value)
