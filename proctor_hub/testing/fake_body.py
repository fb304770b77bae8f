"""What the fake vendor sends, and how its plugin reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from pydantic import BaseModel, ValidationError

from proctor_hub import AttemptRef, Incident, ReviewReceived, ReviewStatus, Unrecognised
from proctor_hub.domain.incidents import normalise_incident_status


class _Incident(BaseModel):
    start: float | None = None
    stop: float | None = None
    duration: float | None = None
    text: str = ""
    status: str = ""

    def normal(self) -> Incident:
        return Incident(
            start=self.start,
            stop=self.stop,
            duration=self.duration,
            text=self.text,
            status=normalise_incident_status(self.status),
            original_status=self.status,
        )


class _Review(BaseModel):
    status: ReviewStatus
    incidents: tuple[_Incident, ...] = ()
    reviewed_by: str | None = None
    order: str | None = None


def parse_review(body: bytes, attempt: AttemptRef) -> ReviewReceived | Unrecognised:
    """The review in ``body``, or why it makes no sense, by field."""
    try:
        review = _Review.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        return Unrecognised(reason=f"{field}: {first['msg']}")
    return ReviewReceived(
        attempt=attempt,
        status=review.status,
        incidents=tuple(incident.normal() for incident in review.incidents),
        reviewed_by=review.reviewed_by,
        order=review.order,
        vendor_status=review.status.value,
    )


def ready_path(external_id: str) -> str:
    """Where the fake vendor says that a session is ready: POST, any body."""
    return f"/callbacks/acme/{external_id}/ready"


def reviewed_path(external_id: str) -> str:
    """Where the fake vendor delivers a review: POST :func:`review_body`."""
    return f"/callbacks/acme/{external_id}/reviewed"


def review_body(
    status: str = "passed",
    incidents: Iterable[Mapping[str, object]] = (),
    *,
    reviewed_by: str | None = None,
    order: str | None = None,
) -> bytes:
    """A review as the fake vendor sends it.

    :param status: ``passed``, ``violation``, ``suspicious`` or ``not_reviewed``.
    :param incidents: mappings with ``start``, ``stop``, ``duration``, ``text``, ``status``.
    """
    body: dict[str, object] = {"status": status, "incidents": [dict(item) for item in incidents]}
    if reviewed_by is not None:
        body["reviewed_by"] = reviewed_by
    if order is not None:
        body["order"] = order
    return json.dumps(body).encode()
