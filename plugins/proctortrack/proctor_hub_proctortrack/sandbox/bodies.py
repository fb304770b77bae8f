"""Request bodies: bounded reading, and the shapes the vendor insists on."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import parse_qs

from fastapi import Depends, HTTPException, Request
from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr, ValidationError

MAX_BODY = 1024 * 1024

M = TypeVar("M", bound=BaseModel)


class ExamBody(BaseModel):
    """An exam as created or updated (wire: body of `POST /api/v1/exam/`)."""

    id: StrictInt | StrictStr
    course_id: StrictStr = Field(min_length=1)
    content_id: StrictStr = Field(min_length=1)
    external_id: StrictStr | None
    exam_name: StrictStr = Field(min_length=1)
    time_limit_mins: StrictInt = Field(ge=0)
    is_proctored: StrictBool
    is_practice_exam: StrictBool
    is_active: StrictBool
    due_date: StrictStr | None
    hide_after_due: StrictBool
    backend: StrictStr = Field(min_length=1)
    rules: dict[str, StrictBool] | None = None
    rule_summary: Any = None


class AttemptBody(BaseModel):
    """A registration (wire: body of `POST /api/v1/exam/{e}/attempt/`)."""

    status: Literal["created"]
    lms_host: StrictStr
    time_limit_mins: StrictInt = Field(gt=0)
    is_sample_attempt: StrictBool
    user_id: StrictStr = Field(min_length=1)
    full_name: StrictStr
    email: StrictStr
    review_policy: StrictStr | None = None
    review_policy_exception: StrictStr | None = None
    exam_return_url: StrictStr | None = None


class StatusBody(BaseModel):
    """A change of status (wire: body of `PATCH …/attempt/{a}/`)."""

    status: Literal["started", "submitted", "error"]


async def read_body(request: Request) -> bytes:
    """The whole body; HTTPException 413 past `MAX_BODY` bytes, whatever the headers claim."""
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY:
            raise HTTPException(413, f"body over {MAX_BODY} bytes")
        parts.append(chunk)
    return b"".join(parts)


async def read_json(request: Request) -> dict[str, Any]:
    """The body as a JSON object; HTTPException 400 if it is anything else, 413 if too long."""
    raw = await read_body(request)
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        raise HTTPException(400, "body is not JSON") from None
    if not isinstance(value, dict):
        raise HTTPException(400, "body is not a JSON object")
    return value


async def read_form(request: Request) -> dict[str, str]:
    """The body as form fields, first value each; HTTPException 400 or 413."""
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(400, "body must be application/x-www-form-urlencoded")
    try:
        text = (await read_body(request)).decode()
        pairs = parse_qs(text, keep_blank_values=True, errors="strict", max_num_fields=100)
    except ValueError:
        raise HTTPException(400, "body is not a form") from None
    return {name: values[0] for name, values in pairs.items()}


JsonBody = Annotated[dict[str, Any], Depends(read_json)]
FormBody = Annotated[dict[str, str], Depends(read_form)]


def checked(model: type[M], value: dict[str, Any]) -> M:
    """`value` as a `model`; HTTPException 422 naming each field and reason, never its value."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise HTTPException(422, reasons(error)) from None


def reasons(error: ValidationError) -> list[dict[str, str]]:
    """Field and reason of each fault, without the values that were sent."""
    return [
        {"field": ".".join(str(step) for step in fault["loc"]), "reason": fault["msg"]}
        for fault in error.errors(include_input=False, include_url=False)
    ]
