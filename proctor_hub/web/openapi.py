"""The OpenAPI document: made from the models, with every problem declared and who may call."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from proctor_hub.web.problems import MEDIA_TYPE, Problem

DESCRIPTION = (
    "The LMS's interface to proctor_hub. Machines get a token at `/oauth2/access_token`; a person "
    "acts with a token that the LMS gets at `/api/v1/person-tokens`. Lists are paged by cursor; "
    "creates take an `Idempotency-Key`; an id in a path is percent-encoded, a slash "
    "as `%2F`; refusals are problem documents (RFC 9457)."
)

_PROBLEMS = {
    "401": "No token, or one that does not hold",
    "403": "Known, and not allowed",
    "404": "It does not exist, or is not yours to see",
    "409": "The state of the object is in the way",
    "413": "The body is too large",
    "422": "The request makes no sense; `fields` says where",
    "502": "The vendor, or its plugin, refuses",
    "503": "The vendor or the database does not answer; try again",
}
_SECURITY = {
    "client": {
        "type": "oauth2",
        "description": "Machine clients; kinds lms and operator",
        "flows": {"clientCredentials": {"tokenUrl": "/oauth2/access_token", "scopes": {}}},
    },
    "person": {"type": "http", "scheme": "bearer", "description": "A person token, five minutes"},
}


def install(app: FastAPI, prefix: str) -> None:
    """Serve our document instead of the plain one."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app, prefix)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _document(app: FastAPI, prefix: str) -> dict[str, Any]:
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes
    )
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema(by_alias=True)
    for framework in ("HTTPValidationError", "ValidationError"):
        schemas.pop(framework, None)
    components["schemas"] = dict(sorted(schemas.items()))
    components["securitySchemes"] = _SECURITY
    components["responses"] = {_name(n): _problem(text) for n, text in _PROBLEMS.items()}
    for path, operations in document["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            for status in _PROBLEMS if path.startswith(prefix) else ("413",):
                operation["responses"][status] = _reference(status)
            if path.startswith(prefix):
                operation["security"] = [{"client": []}, {"person": []}]
    document["paths"]["/healthz"]["get"]["responses"]["503"] = _reference("503")
    # With the findings; a problem where the database itself does not answer.
    unready = document["paths"]["/readyz"]["get"]["responses"]
    unready["503"]["content"] |= _problem("")["content"]
    return document


def _problem(meaning: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": meaning, "content": {MEDIA_TYPE: {"schema": schema}}}


def _name(status: str) -> str:
    return f"Problem{status}"


def _reference(status: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{_name(status)}"}
