"""The bodies the hub sends, field by field as they are on the wire."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from proctor_hub.vendors.subjects import Attempt, Exam, Learner


def exam_body(exam: Exam, flags: tuple[bool, bool], backend: str) -> dict[str, Any]:
    """Create or update an exam; ``flags`` are ``is_proctored`` and ``is_practice_exam``."""
    body: dict[str, Any] = {
        "id": exam.id,
        "course_id": exam.course_id,
        "content_id": exam.content_id,
        "external_id": exam.external_id,
        "exam_name": exam.name,
        "time_limit_mins": exam.time_limit_minutes,
        "is_proctored": flags[0],
        "is_practice_exam": flags[1],
        "is_active": exam.is_active,
        "due_date": _iso(exam.due_at),
        "hide_after_due": exam.hide_after_due,
        "backend": backend,
    }
    if exam.rules:
        body["rules"] = dict(exam.rules)
    if exam.custom_rules:
        body["rule_summary"] = exam.custom_rules
    return body


def registration_body(
    exam: Exam, learner: Learner, attempt: Attempt, lms_host: str
) -> dict[str, Any]:
    """Register an attempt; ``lms_host`` is where the vendor calls back."""
    body: dict[str, Any] = {
        "status": "created",
        "lms_host": lms_host,
        "time_limit_mins": attempt.allowed_minutes,
        "is_sample_attempt": attempt.exam_type.is_sample,
        "user_id": learner.pseudonym,
        "full_name": learner.full_name,
        "email": learner.email,
    }
    if exam.custom_rules:
        body["review_policy"] = exam.custom_rules
    if attempt.policy_exception:
        body["review_policy_exception"] = attempt.policy_exception
    return body


def _iso(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
