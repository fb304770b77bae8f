"""What a vendor is shown of an attempt: the record turned into the contract's values."""

from __future__ import annotations

from urllib.parse import quote

from proctor_hub.domain.timing import Allowance, limit_seconds, report_minutes
from proctor_hub.services.hub import Hub
from proctor_hub.storage.exams import Exam as StoredExam
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.subjects import Attempt, Exam, Learner, PersonalData, VendorDescription


def exam_of(record: AttemptRecord) -> Exam:
    """The attempt's exam as its vendor may know it."""
    return Exam(
        id=record.exam_pk,
        course_id=record.course_id,
        content_id=record.exam_content_id,
        name=record.exam_name,
        exam_type=record.exam_type,
        time_limit_minutes=record.exam_limit_minutes,
        external_id=record.exam_external_id,
        due_at=record.exam_due_at,
        hide_after_due=record.exam_hide_after_due,
        is_active=record.exam_is_active,
        rules=record.exam_rules,
        custom_rules=record.exam_custom_rules,
    )


def stored_exam(exam: StoredExam) -> Exam:
    """An exam as stored, as its vendor may know it."""
    return Exam(
        id=exam.id,
        course_id=exam.course_id,
        content_id=exam.content_id,
        name=exam.name,
        exam_type=exam.exam_type,
        time_limit_minutes=exam.time_limit_minutes,
        external_id=exam.external_id,
        due_at=exam.due_at,
        hide_after_due=exam.hide_after_due,
        is_active=exam.is_active and exam.retired_at is None,
        rules=exam.rules,
        custom_rules=exam.custom_rules,
    )


def attempt_of(hub: Hub, record: AttemptRecord, allowance: Allowance | None = None) -> Attempt:
    """The attempt as its vendor may know it; minutes as fixed, or as they would be now."""
    fixed = record.allowed_seconds or record.seconds_left
    seconds = fixed or limit_seconds(record.exam_limit_minutes, allowance)
    exception = allowance.policy_exception if allowance else record.policy_exception
    return Attempt(
        code=record.code,
        number=record.number,
        status=record.status,
        exam_type=record.exam_type,
        allowed_minutes=report_minutes(seconds),
        external_id=record.external_id,
        policy_exception=exception,
        return_url=exam_page(hub, record),
    )


def learner_of(record: AttemptRecord, pseudonym: str, description: VendorDescription) -> Learner:
    """The learner, by pseudonym, with only the personal data the vendor declared to need."""
    wanted = description.personal_data
    return Learner(
        pseudonym=pseudonym,
        full_name=record.learner_full_name if PersonalData.FULL_NAME in wanted else "",
        email=record.email if PersonalData.EMAIL in wanted else "",
    )


def exam_page(hub: Hub, record: AttemptRecord) -> str:
    """Where the learner's browser finds the exam: the LMS's page, else the hub's own."""
    template = hub.exam_url or hub.public_url + "/exams/{attempt_code}"
    return template.format(
        course_id=quote(record.course_id, safe=""),
        content_id=quote(record.exam_content_id, safe=""),
        attempt_code=quote(record.code, safe=""),
    )
