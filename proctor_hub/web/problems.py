"""Every refusal as a problem document (RFC 9457): ``application/problem+json``.

``type`` is ``/problems/<code>`` with the error's stable code. Never a traceback, never a value the
caller sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from proctor_hub.domain import errors as domain
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.errors import Invalid, ServiceError

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong, for machines (``type``) and people (``detail``)."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="`/problems/<code>`; the code is stable")
    title: str = Field(description="The HTTP status in words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What was wrong, where, and what to do")
    fields: dict[str, str] | None = Field(
        None, description="422: path of each field that cannot be accepted, and why"
    )
    from_status: str | None = Field(
        None, alias="from", description="An illegal move: the attempt's status"
    )
    to_status: str | None = Field(None, alias="to", description="An illegal move: what was asked")
    allowed: list[str] | None = Field(
        None, description="An illegal move: where the attempt may go instead"
    )
    request_id: str | None = Field(None, description="500: what to tell the operator")


_DETAILS = {
    404: "There is no such path; /api/openapi.json names those there are.",
    405: "This path does not take this method; the header Allow names those it does.",
}
FRAMEWORK_CODES = {404: "no_such_path", 405: "method_not_allowed", 413: "body_too_large"}
"""HTTP status → code, of what the framework refuses; any other status is ``http_error``."""
_FORBIDDEN = (domain.NotEntitled, domain.TrackNotEligible)
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "5"}}
_INVALID = (domain.InvalidAllowance, domain.InvalidExam)


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> JSONResponse:
    """A problem document as a response; ``more``: members beyond the standard ones."""
    body = {
        "type": f"/problems/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **{name: value for name, value in more.items() if value is not None},
    }
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def of_domain(error: domain.DomainError) -> JSONResponse:
    """A rule of the domain said no."""
    status = 409
    if isinstance(error, _FORBIDDEN):
        status = 403
    elif isinstance(error, _INVALID):
        status = 422
    more: dict[str, Any] = {}
    if isinstance(error, domain.IllegalMove):
        more = {
            "from": error.from_status,
            "to": error.to_status,
            "allowed": list(error.allowed),
        }
    return problem(status, error.code, str(error), **more)


def of_service(error: ServiceError) -> JSONResponse:
    """A service could not do what was asked."""
    fields = error.fields if isinstance(error, Invalid) else None
    headers = _HEADERS.get(error.status)
    return problem(error.status, error.problem_code, str(error), fields=fields, headers=headers)


def of_vendor(error: VendorError | PluginError) -> JSONResponse:
    """A vendor, or its plugin, failed, and no service said what that means."""
    if error.retryable:
        return problem(503, error.code, str(error), headers={"Retry-After": "5"})
    return problem(502, error.code, str(error))


def of_validation(error: RequestValidationError) -> JSONResponse:
    """The request is not as the OpenAPI says; paths without the place (body, query) they are in."""
    fields: dict[str, str] = {}
    for one in error.errors():
        place, *path = [str(part) for part in one["loc"]]
        if one["type"] == "json_invalid":
            path = []
        fields[".".join(path) or place] = str(one["msg"])
    return problem(
        422, "invalid", "The request cannot be accepted; nothing was changed.", fields=fields
    )


def of_http(error: HTTPException) -> Response:
    """What the framework refuses: unknown paths and methods, bodies too large."""
    code = FRAMEWORK_CODES.get(error.status_code, "http_error")
    detail = _DETAILS.get(error.status_code, str(error.detail))
    return problem(error.status_code, code, detail, headers=error.headers)


def of_database(_error: sa.exc.OperationalError) -> JSONResponse:
    """The database does not answer."""
    return problem(
        503,
        "database_unavailable",
        "The hub's database does not answer; nothing was changed, try again.",
        headers={"Retry-After": "5"},
    )


def install(app: FastAPI) -> None:
    """Turn every error of the tree into its problem document."""

    def add(kind: type[Exception], answer: Any) -> None:
        async def handle(_request: Request, error: Exception) -> Response:
            response: Response = answer(error)
            return response

        app.add_exception_handler(kind, handle)

    add(domain.DomainError, of_domain)
    add(ServiceError, of_service)
    add(VendorError, of_vendor)
    add(PluginError, of_vendor)
    add(RequestValidationError, of_validation)
    add(HTTPException, of_http)
    add(sa.exc.OperationalError, of_database)
