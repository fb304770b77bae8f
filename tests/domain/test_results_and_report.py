"""What the learner sees, and the cells of the report (domain §3, §8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_hub.domain.report import (
    COLUMNS,
    LEGACY_COLUMNS,
    file_name,
    iso,
    legacy_allowed_time,
    legacy_status,
    neutralise,
    report_review_status,
)
from proctor_hub.domain.results import result_word, status_sentence
from proctor_hub.domain.words import AttemptStatus, DecisionKind, ExamType

S = AttemptStatus
PENDING = (S.COMPLETED, S.TIMED_OUT, S.SUBMITTED, S.SECOND_REVIEW_REQUIRED)
AT = datetime(2026, 11, 22, 9, 30, 5, 999, tzinfo=UTC)


@pytest.mark.parametrize("status", S)
def test_result_words(status: S) -> None:
    words = {**dict.fromkeys(PENDING, "Pending")}
    words |= {S.VERIFIED: "Satisfactory", S.REJECTED: "Unsatisfactory"}
    for exam_type in (ExamType.PROCTORED, ExamType.ONBOARDING):
        assert result_word(status, exam_type) == words.get(status)
    for exam_type in (ExamType.TIMED, ExamType.PRACTICE):
        assert result_word(status, exam_type) is None


def test_every_status_has_sentences() -> None:
    for status, exam_type in product(S, ExamType):
        sentence = status_sentence(status, exam_type)
        assert sentence.endswith(".") and sentence[0].isupper() and sentence.count(".") >= 1
        assert status.value not in sentence or "_" not in status.value


def test_timed_and_practice_are_not_said_to_be_reviewed() -> None:
    for status, exam_type in product(PENDING[:3], (ExamType.TIMED, ExamType.PRACTICE)):
        assert "being reviewed" not in status_sentence(status, exam_type)


def test_columns_exactly() -> None:
    assert ", ".join(COLUMNS) == (
        "course_id, exam_name, username, email, attempt_code, allowed_time_limit_mins, "
        "is_sample_attempt, started_at, completed_at, status, review_status, Suspicious Count, "
        "Suspicious Comments, Rules Violation Count, Rules Violation Comments"
    )
    assert ", ".join(LEGACY_COLUMNS) == (
        "Created, Modified, Started At, Exam Name, User/Email, Completed At, External ID, "
        "Allowed Time, Status, Attempt Code, Is Sample Attempt, Last Poll Time, "
        "Last Poll IP Address"
    )


@given(st.text())
def test_no_cell_is_executed_and_none_is_lost(cell: str) -> None:
    safe = neutralise(cell)
    assert safe[:1] not in tuple("=+-@\t\r") or safe == ""
    assert safe.removeprefix("'") == cell.removeprefix("'")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_dangerous_starts(start: str) -> None:
    assert neutralise(f"{start}cmd|x") == f"'{start}cmd|x"


def test_iso() -> None:
    assert iso(AT) == "2026-11-22T09:30:05Z"
    assert iso(AT.astimezone(timezone(timedelta(hours=2)))) == "2026-11-22T09:30:05Z"
    assert iso(None) == ""
    with pytest.raises(ValueError, match="time zone"):
        iso(AT.replace(tzinfo=None))


def test_file_name() -> None:
    name = file_name("course-v1:edX+Demo/../2026", AT)
    assert name == (
        "course-v1_edX+Demo_.._2026_proctored_exam_results_report_2026-11-22-093005.csv"
    )


@given(st.text(max_size=400))
def test_file_names_are_acceptable_to_file_systems(course_id: str) -> None:
    name = file_name(course_id.encode(errors="ignore").decode(), AT)
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:*?"<>|\0\n')


@pytest.mark.parametrize(
    ("status", "exam_type", "more", "cell"),
    [
        (S.SUBMITTED, ExamType.PROCTORED, {}, "Not Reviewed"),
        (S.COMPLETED, ExamType.ONBOARDING, {}, "Not Reviewed"),
        (S.SUBMITTED, ExamType.PRACTICE, {}, ""),
        (S.STARTED, ExamType.PROCTORED, {}, ""),
        (S.DECLINED, ExamType.PROCTORED, {}, ""),
        (S.ERROR, ExamType.PROCTORED, {}, ""),
        (S.VERIFIED, ExamType.PROCTORED, {"latest_label": "Clean"}, "Clean"),
        (S.STARTED, ExamType.PROCTORED, {"latest_label": "Suspicious"}, "Suspicious"),
        (
            S.SECOND_REVIEW_REQUIRED,
            ExamType.PROCTORED,
            {"latest_label": "Suspicious", "decision": DecisionKind.ESCALATE},
            "Suspicious",
        ),
        (
            S.VERIFIED,
            ExamType.PROCTORED,
            {"latest_label": "Suspicious", "decision": DecisionKind.PASS},
            "Clean",
        ),
        (
            S.VERIFIED,
            ExamType.PROCTORED,
            {"latest_label": "Suspicious", "decision": DecisionKind.PASS, "has_incidents": True},
            "Rules Violation",
        ),
        (
            S.REJECTED,
            ExamType.PROCTORED,
            {"latest_label": "Clean", "decision": DecisionKind.FAIL},
            "Suspicious",
        ),
    ],
)
def test_review_status_cell(
    status: S, exam_type: ExamType, more: dict[str, object], cell: str
) -> None:
    assert report_review_status(status, exam_type, **more) == cell  # type: ignore[arg-type]


def test_legacy_cells() -> None:
    assert legacy_status(S.SECOND_REVIEW_REQUIRED) == "second review required"
    assert legacy_allowed_time(95) == "1:35"
    assert legacy_allowed_time(5) == "0:05"
    assert legacy_allowed_time(None) == ""
