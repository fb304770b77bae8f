"""Signed links into the vendor's dashboard: HS256 by the client secret, good for 60 seconds."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from proctor_hub.domain.told import noted
from proctor_hub.errors import VendorProtocolError
from proctor_hub.vendors.rendering import DashboardEmbed, DashboardRequest, DashboardScope

LIFETIME_S = 60


def dashboard_link(
    request: DashboardRequest, url: str, client_id: str, secret: SecretStr, now: datetime
) -> DashboardEmbed:
    """``url`` with a token for the asked scope; ``now`` is the host's clock.

    :raises proctor_hub.errors.VendorProtocolError: the exam or attempt asked for is not known to
        the vendor (yet), so there is nothing to show.
    """
    expires = int(now.timestamp()) + LIFETIME_S
    viewer = request.viewer
    claims: dict[str, Any] = {
        "course_id": request.course_id,
        "user": {"id": viewer.id, "full_name": viewer.full_name, "email": viewer.email},
        "iss": client_id,
        "jti": uuid.uuid4().hex,
        "exp": expires,
        **_scope_claims(request),
    }
    key = OctKey.import_key(secret.get_secret_value())
    signed = jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"])
    return DashboardEmbed(
        url=f"{url}?jwt={signed}", expires_at=datetime.fromtimestamp(expires, tz=UTC)
    )


def _scope_claims(request: DashboardRequest) -> dict[str, Any]:
    if request.scope is DashboardScope.COURSE:
        return {}
    exam_id = request.exam.external_id if request.exam else None
    if request.scope is DashboardScope.CONFIGURATION:
        return {"config": True} | ({"exam_id": exam_id} if exam_id else {})
    if not exam_id:
        raise VendorProtocolError(noted("dashboard: the vendor does not know this exam yet"))
    if request.scope is DashboardScope.EXAM:
        return {"exam_id": exam_id}
    attempt_id = request.attempt.external_id if request.attempt else None
    if not attempt_id:
        raise VendorProtocolError(noted("dashboard: the vendor has no session of this attempt"))
    return {"exam_id": exam_id, "attempt_id": attempt_id}
