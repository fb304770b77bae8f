"""``/oauth2/access_token``: client credentials, as Open edX and its vendors speak it (wire)."""

from __future__ import annotations

import base64
import binascii
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote_plus

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from proctor_hub.services.access import clients, tokens
from proctor_hub.services.hub import Hub
from proctor_hub.web.context import the_hub, web_settings

router = APIRouter(tags=["access"])

JWT: Final = "JWT"


class AccessToken(BaseModel):
    """A token, to be sent as ``Authorization: JWT <token>`` or ``Bearer <token>``."""

    access_token: str = Field(description="The token; opaque to the client")
    expires_in: int = Field(description="Seconds it holds")
    token_type: Literal["JWT"] = Field(JWT, description="Always `JWT`")
    scope: str = Field(description="The client's kind: `lms`, `vendor` or `operator`")


class TokenError(BaseModel):
    """Why no token is given (RFC 6749 §5.2)."""

    error: str = Field(description="The code of RFC 6749")
    error_description: str = Field(description="What to do")


_FORM = {
    "type": "object",
    "required": ["grant_type", "client_id", "client_secret"],
    "properties": {
        "grant_type": {"type": "string", "const": "client_credentials"},
        "client_id": {"type": "string"},
        "client_secret": {"type": "string"},
        "token_type": {"type": "string", "description": "Ignored; tokens are JWTs"},
    },
}


@router.post(
    "/oauth2/access_token",
    summary="Get an access token by client credentials",
    response_model=AccessToken,
    responses={400: {"model": TokenError}, 401: {"model": TokenError}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": _FORM}},
        }
    },
)
async def access_token(request: Request) -> JSONResponse:
    """Credentials in the form or as HTTP Basic; 401 for any that do not fit, known or not."""
    form = _form(await request.body())
    if form is None or "grant_type" not in form:
        return _refused(400, "invalid_request", "Send a form with grant_type=client_credentials.")
    if form["grant_type"] != "client_credentials":
        return _refused(400, "unsupported_grant_type", "Only client_credentials is supported.")
    basic = _basic(request.headers.get("authorization", ""))
    client_id, secret = basic or (form.get("client_id", ""), form.get("client_secret", ""))
    lifetime = timedelta(seconds=web_settings(request).access_token_seconds)
    answer = await run_in_threadpool(_token, the_hub(request), client_id, secret, lifetime)
    if answer is None:
        return _refused(401, "invalid_client", "Unknown client, wrong secret, or revoked.")
    return JSONResponse(answer.model_dump())


def _token(hub: Hub, client_id: str, secret: str, lifetime: timedelta) -> AccessToken | None:
    if not secret or "\0" in client_id or not client_id.isascii():
        return None
    client = clients.authenticate(hub, client_id, secret)
    if client is None:
        return None
    token = tokens.access_token(hub, client, lifetime)
    return AccessToken(
        access_token=token.text,
        expires_in=int(token.lifetime.total_seconds()),
        token_type=JWT,
        scope=client.kind,
    )


def _form(body: bytes) -> dict[str, str] | None:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return None
    return dict(pairs)


def _basic(header: str) -> tuple[str, str] | None:
    word, _, encoded = header.partition(" ")
    if word.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded, validate=True).decode("ascii")
    except (ValueError, binascii.Error):
        return "", ""
    client_id, _, secret = text.partition(":")
    return unquote_plus(client_id), unquote_plus(secret)


def _refused(status: int, error: str, description: str) -> JSONResponse:
    headers = {"WWW-Authenticate": 'Basic realm="proctor_hub"'} if status == 401 else None
    return JSONResponse({"error": error, "error_description": description}, status, headers)
