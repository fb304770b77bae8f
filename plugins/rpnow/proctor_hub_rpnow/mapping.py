"""From the hub's values to the vendor's registration body (wire/rpnow.md, "Registration")."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from proctor_hub import Attempt, Exam, ExamType, Learner

from .settings import RPNowSettings
from .signing import BodyValue, exam_password, http_date

DEFAULT_RULES = "Closed Book"
DEFAULT_EXAM_NAME = "Proctored Exam"
_BAD_IN_NAME = str.maketrans(dict.fromkeys("[]<>#:|!?/'\"*\\", "_"))


def registration_body(
    *,
    settings: RPNowSettings,
    exam: Exam,
    learner: Learner,
    attempt: Attempt,
    exam_url: str,
    now: datetime,
) -> dict[str, BodyValue]:
    """The registration of ``attempt``; the exam's dates are ``now`` and its allowed end.

    The e-mail address goes in only where the settings say so (domain §7).
    """
    first_name, last_name = split_name(learner.full_name)
    extra: dict[str, BodyValue] = {
        "examStartDate": http_date(now),
        "examEndDate": http_date(now + timedelta(minutes=attempt.allowed_minutes)),
        "noOfStudents": 1,
        "examID": exam.id,
        "courseID": _sendable(exam.course_id),
        "firstName": first_name,
        "lastName": last_name,
    }
    if settings.send_email:
        extra["email"] = _sendable(learner.email)
    return {
        "examCode": attempt.code,
        "organization": settings.organization,
        "duration": attempt.allowed_minutes,
        "reviewedExam": attempt.exam_type is not ExamType.PRACTICE,
        "reviewerNotes": reviewer_notes(exam.custom_rules, attempt.policy_exception),
        "examPassword": exam_password(settings.crypto_key.get_secret_value(), attempt.code),
        "examSponsor": settings.exam_sponsor,
        "examName": exam_name(exam.name),
        "ssiProduct": "rp-now",
        "examUrl": exam_url,
        "orgExtra": extra,
    }


def exam_name(name: str) -> str:
    """``name`` in the characters the vendor takes; "Proctored Exam" if nothing is left."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    cleaned = plain.translate(_BAD_IN_NAME)
    return cleaned if cleaned.strip() else DEFAULT_EXAM_NAME


def split_name(full_name: str) -> tuple[str, str]:
    """First word and the rest of a learner's name; either may be empty."""
    first, *rest = _sendable(full_name).split() or [""]
    return first, " ".join(rest)


def reviewer_notes(custom_rules: str, exception: str) -> str:
    """What the vendor's reviewers read: the exam's rules, then the learner's exception if any."""
    rules = _sendable(custom_rules) if custom_rules.strip() else DEFAULT_RULES
    return f"{rules}; {_sendable(exception)}" if exception.strip() else rules


def _sendable(text: str) -> str:
    """``text`` with half surrogates replaced: they have no UTF-8 to sign."""
    return text.encode("utf-8", "replace").decode("utf-8")
