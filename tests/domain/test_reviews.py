"""What a review does, and what an arriving one is (domain §4)."""

from __future__ import annotations

from itertools import product

import pytest

from proctor_hub.domain.moves import Cause, ensure_move
from proctor_hub.domain.reviews import (
    Arrival,
    Classification,
    Disposition,
    Incident,
    ReviewSituation,
    compare_revision,
    count_incidents,
    disposition,
    named_decision,
    normalise_incident_status,
)
from proctor_hub.domain.words import AttemptStatus, DecisionKind, ExamType, ReviewOwner

S = AttemptStatus
C = Classification
UNFINISHED = {
    S.CREATED,
    S.DOWNLOAD_SOFTWARE_CLICKED,
    S.READY_TO_START,
    S.STARTED,
    S.READY_TO_SUBMIT,
    S.ONBOARDING_MISSING,
    S.ONBOARDING_PENDING,
    S.ONBOARDING_FAILED,
    S.ONBOARDING_EXPIRED,
}
TARGET = {
    C.VERIFY: S.VERIFIED,
    C.SECOND_REVIEW_SUPPORT: S.SECOND_REVIEW_REQUIRED,
    C.SECOND_REVIEW_COURSE_TEAM: S.SECOND_REVIEW_REQUIRED,
    C.REJECT: S.REJECTED,
}


def _expected(
    status: S, exam_type: ExamType, archived: bool, decided: bool, said: C
) -> tuple[tuple[S, ...], bool, bool]:
    """(moves, flagged, hold), straight from the sentences of §4."""
    if archived or exam_type in (ExamType.TIMED, ExamType.PRACTICE):
        return (), True, False
    if status in (S.DECLINED, S.EXPIRED, S.ERROR):
        return (), True, False
    if status in UNFINISHED:
        return (), True, True
    if decided:
        return (), True, False
    if said is C.WAIT:
        return (), False, False
    target = TARGET[said]
    if exam_type is ExamType.ONBOARDING and target is not S.VERIFIED:
        target = S.REJECTED
    if target is status:
        return (), False, False
    return (
        ((S.SUBMITTED,) if status in (S.COMPLETED, S.TIMED_OUT) else ()) + (target,),
        False,
        False,
    )


@pytest.mark.parametrize("status", S)
def test_every_situation(status: S) -> None:
    for exam_type, archived, decided, said in product(ExamType, (0, 1), (0, 1), C):
        if status is S.SECOND_REVIEW_REQUIRED and exam_type is ExamType.ONBOARDING:
            continue  # no move leads an onboarding attempt there (test_moves)
        situation = ReviewSituation(
            status=status, exam_type=exam_type, archived=bool(archived), decided=bool(decided)
        )
        found = disposition(situation, said)
        assert (found.moves, found.flagged, found.hold) == _expected(
            status, exam_type, bool(archived), bool(decided), said
        ), situation
        assert found.reason
        _walk(situation, found)


def _walk(situation: ReviewSituation, found: Disposition) -> None:
    """The table must allow what the disposition asks for."""
    status = situation.status
    for target in found.moves:
        ensure_move(
            status,
            target,
            by=found.cause,
            exam_type=situation.exam_type,
            decided=situation.decided,
        )
        status = target


def test_a_second_review_goes_to_the_queue_the_policy_names() -> None:
    situation = ReviewSituation(status=S.SUBMITTED, exam_type=ExamType.PROCTORED)
    assert disposition(situation, C.SECOND_REVIEW_SUPPORT).review_owner is ReviewOwner.SUPPORT
    team = disposition(situation, C.SECOND_REVIEW_COURSE_TEAM)
    assert team.review_owner is ReviewOwner.COURSE_TEAM
    assert disposition(situation, C.VERIFY).review_owner is None


def test_a_repeated_suspicion_does_not_undo_an_escalation() -> None:
    situation = ReviewSituation(
        status=S.SECOND_REVIEW_REQUIRED,
        exam_type=ExamType.PROCTORED,
        review_owner=ReviewOwner.COURSE_TEAM,
    )
    found = disposition(situation, C.SECOND_REVIEW_SUPPORT)
    assert found.moves == () and found.review_owner is ReviewOwner.COURSE_TEAM


@pytest.mark.parametrize(
    ("arrival", "flagged"),
    [
        (Arrival.SAME_AS_LATEST, False),
        (Arrival.REPEAT_OF_OLDER, True),
        (Arrival.OUT_OF_ORDER, False),
    ],
)
@pytest.mark.parametrize("status", [S.SUBMITTED, S.STARTED, S.VERIFIED, S.SECOND_REVIEW_REQUIRED])
def test_only_new_revisions_move_or_are_held(arrival: Arrival, flagged: bool, status: S) -> None:
    found = disposition(
        ReviewSituation(status=status, exam_type=ExamType.PROCTORED), C.REJECT, arrival
    )
    assert found.moves == () and not found.hold and found.flagged is flagged


def test_the_same_body_again_flags_nothing_anywhere() -> None:
    situation = ReviewSituation(status=S.ERROR, exam_type=ExamType.PROCTORED, archived=True)
    assert not disposition(situation, C.REJECT, Arrival.SAME_AS_LATEST).flagged


@pytest.mark.parametrize("status", S)
@pytest.mark.parametrize("kind", [DecisionKind.PASS, DecisionKind.FAIL])
@pytest.mark.parametrize("decided", [False, True])
def test_a_named_person_decides(status: S, kind: DecisionKind, decided: bool) -> None:
    if decided and status not in (S.VERIFIED, S.REJECTED):
        decided = False  # a decided attempt is nowhere else
    situation = ReviewSituation(status=status, exam_type=ExamType.PROCTORED, decided=decided)
    found = named_decision(situation, kind)
    _walk(situation, found)
    verdict = S.VERIFIED if kind is DecisionKind.PASS else S.REJECTED
    if status in UNFINISHED:
        assert found.hold and found.flagged and not found.moves
    elif status in (S.DECLINED, S.EXPIRED, S.ERROR):
        assert found.flagged and not found.moves
    else:
        assert ((status, *found.moves))[-1] is verdict
        assert not found.flagged
        judged = {S.SECOND_REVIEW_REQUIRED, S.VERIFIED, S.REJECTED}
        assert found.cause is (Cause.DECISION if status in judged else Cause.REVIEW)


def test_no_callback_escalates_or_moves_what_is_archived_or_practice() -> None:
    situation = ReviewSituation(status=S.SUBMITTED, exam_type=ExamType.PROCTORED, archived=True)
    assert named_decision(situation, DecisionKind.FAIL).moves == ()
    practice = ReviewSituation(status=S.SUBMITTED, exam_type=ExamType.PRACTICE)
    assert named_decision(practice, DecisionKind.FAIL).moves == ()
    with pytest.raises(ValueError, match="escalate"):
        named_decision(situation, DecisionKind.ESCALATE)


@pytest.mark.parametrize(
    ("arriving", "arrival"),
    [
        ({"latest_digest": None}, Arrival.NEW),
        ({"latest_digest": "a"}, Arrival.SAME_AS_LATEST),
        ({"latest_digest": "a", "named_decision": True}, Arrival.SAME_AS_LATEST),
        ({"latest_digest": "b"}, Arrival.NEW),
        ({"latest_digest": "b", "older_digest_known": True}, Arrival.REPEAT_OF_OLDER),
        ({"latest_digest": "b", "older_digest_known": True, "named_decision": True}, Arrival.NEW),
        ({"latest_digest": "b", "incoming_order": "1", "latest_order": "2"}, Arrival.OUT_OF_ORDER),
        ({"latest_digest": "b", "incoming_order": "3", "latest_order": "2"}, Arrival.NEW),
        ({"latest_digest": "b", "incoming_order": "1"}, Arrival.NEW),
        ({"latest_digest": "b", "latest_order": "1"}, Arrival.NEW),
        (
            {
                "latest_digest": "b",
                "incoming_order": "3",
                "latest_order": "2",
                "older_digest_known": True,
            },
            Arrival.NEW,
        ),
        (
            {
                "latest_digest": "b",
                "incoming_order": "2",
                "latest_order": "2",
                "older_digest_known": True,
            },
            Arrival.REPEAT_OF_OLDER,
        ),
        (
            {
                "latest_digest": "b",
                "incoming_order": "1",
                "latest_order": "2",
                "named_decision": True,
            },
            Arrival.NEW,
        ),
        (
            {
                "latest_digest": "b",
                "incoming_order": "1",
                "latest_order": "2",
                "named_decision": True,
                "decided": True,
            },
            Arrival.OUT_OF_ORDER,
        ),
    ],
)
def test_arrivals(arriving: dict[str, object], arrival: Arrival) -> None:
    assert compare_revision(incoming_digest="a", **arriving) is arrival  # type: ignore[arg-type]


def test_what_an_arrival_means() -> None:
    assert {a for a in Arrival if a.is_stored} == set(Arrival) - {Arrival.SAME_AS_LATEST}
    assert {a for a in Arrival if a.may_move} == {Arrival.NEW}
    assert {a for a in Arrival if a.is_latest} == {Arrival.NEW, Arrival.REPEAT_OF_OLDER}


@pytest.mark.parametrize(
    ("word", "normal"),
    [
        ("suspicious", "Suspicious"),
        ("SUSPICIOUS", "Suspicious"),
        ("Rules Violation", "Rules Violation"),
        ("rules_violation", "Rules Violation"),
        (" RULES_VIOLATION ", "Rules Violation"),
        ("clean", "Clean"),
        ("unknown", "unknown"),
        ("Odd_Word ", "Odd_Word "),
        ("", ""),
    ],
)
def test_incident_words(word: str, normal: str) -> None:
    assert normalise_incident_status(word) == normal


def test_counts_and_joined_comments() -> None:
    summary = count_incidents(
        [
            Incident(text="phone", status="Suspicious"),
            Incident(text="music", status="rules_violation"),
            Incident(text="", status="suspicious"),
            Incident(text="talks", status="Suspicious"),
            Incident(text="fine", status="Clean"),
            Incident(text="?", status="odd"),
        ]
    )
    assert (summary.suspicious_count, summary.suspicious_comments) == (3, "phone;talks")
    assert (summary.violation_count, summary.violation_comments) == (1, "music")
    assert summary.total == 6
