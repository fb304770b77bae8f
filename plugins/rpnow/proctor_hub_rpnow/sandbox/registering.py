"""What the vendor checks before it accepts a registration (wire: "Registration")."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from .settings import SandboxSettings, is_http_url
from .vendor import Refused
from .wire import decrypt_password, parse_date, signature

_CODE = re.compile(r"[A-Za-z0-9._~-]{1,128}")
_BAD_IN_NAME = re.compile(r"[\[\]<>#:|!?/'\"*\\]")
_TEXTS = ("reviewerNotes", "examPassword", "examSponsor", "examName", "examUrl", "organization")


def accept(
    settings: SandboxSettings, now: datetime, headers: Mapping[str, str], raw: bytes
) -> dict[str, object]:
    """The registration body if everything about the request is right.

    `headers` is looked up in lower case. Raises Refused: 415 content type, 400 not a JSON
    object, 401 date or signature, 422 a wrong field (all of them named).
    """
    content_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise Refused(415, "Content-Type must be application/json")
    body = _json_object(raw)
    _check_authorization(settings, now, headers, body)
    wrong = _wrong_fields(settings, body)
    if wrong:
        raise Refused(422, "wrong or missing: " + ", ".join(wrong))
    if decrypt_password(settings.crypto_key, str(body["examPassword"])) != body["examCode"]:
        raise Refused(422, "wrong or missing: examPassword (does not decrypt to examCode)")
    return body


def _json_object(raw: bytes) -> dict[str, object]:
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "the body is not JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "the body is not a JSON object")
    return body


def _check_authorization(
    settings: SandboxSettings, now: datetime, headers: Mapping[str, str], body: dict[str, object]
) -> None:
    date = headers.get("date", "")
    sent_at = parse_date(date)
    if sent_at is None:
        raise Refused(401, "the Date header is missing or not RFC 1123 in GMT")
    if abs(now - sent_at) > settings.clock_skew:
        raise Refused(401, "the Date header is too far from the vendor's clock")
    try:
        mac = signature(settings.secret_key, date, body)
    except (UnicodeEncodeError, RecursionError) as error:  # lone surrogates, absurd nesting
        raise Refused(400, "the body cannot be signed") from error
    expected = f"SSI {settings.secret_key_id}:{mac}"
    given = headers.get("authorization", "")
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace")):
        raise Refused(401, "the Authorization header is missing or its signature is wrong")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong_fields(settings: SandboxSettings, body: dict[str, object]) -> list[str]:
    code, duration = body.get("examCode"), body.get("duration")
    name, extra = body.get("examName"), body.get("orgExtra")
    url = body.get("examUrl")
    checks = {
        "examCode": isinstance(code, str) and _CODE.fullmatch(code) is not None,
        "duration": isinstance(duration, int) and _whole(duration) and 0 < duration <= 100_000,
        "reviewedExam": isinstance(body.get("reviewedExam"), bool),
        "ssiProduct": body.get("ssiProduct") == "rp-now",
        **{field: isinstance(body.get(field), str) for field in _TEXTS},
    }
    checks["organization"] = body.get("organization") == settings.organization
    checks["examUrl"] = isinstance(url, str) and is_http_url(url)
    checks["examName"] = isinstance(name, str) and _good_name(name)
    wrong = [field for field, good in checks.items() if not good]
    if not isinstance(extra, dict):
        return [*wrong, "orgExtra"]
    return wrong + _wrong_extra(extra, duration)


def _good_name(name: str) -> bool:
    return bool(name.strip()) and name.isascii() and not _BAD_IN_NAME.search(name)


def _wrong_extra(extra: dict[str, object], duration: object) -> list[str]:
    start, end = (_date(extra.get(field)) for field in ("examStartDate", "examEndDate"))
    length = None if start is None or end is None else end - start
    exam_id, course_id = extra.get("examID"), extra.get("courseID")
    checks = {
        "examStartDate": start is not None,
        "examEndDate": end is not None
        and (length is None or not _whole(duration) or length == _minutes(duration)),
        "noOfStudents": _whole(extra.get("noOfStudents")) and extra.get("noOfStudents") == 1,
        "examID": _whole(exam_id) or (isinstance(exam_id, str) and exam_id != ""),
        "courseID": isinstance(course_id, str) and course_id != "",
        "firstName": isinstance(extra.get("firstName"), str),
        "lastName": isinstance(extra.get("lastName"), str),
        "email": isinstance(extra.get("email", ""), str),
    }
    return [f"orgExtra.{field}" for field, good in checks.items() if not good]


def _date(value: object) -> datetime | None:
    return parse_date(value) if isinstance(value, str) else None


def _minutes(duration: object) -> timedelta | None:
    if isinstance(duration, int) and 0 < duration <= 100_000:
        return timedelta(minutes=duration)
    return None
