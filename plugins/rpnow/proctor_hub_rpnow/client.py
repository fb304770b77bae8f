"""The one call the vendor has: registering an attempt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from proctor_hub import VendorHost, VendorProtocolError, raise_for_status

from .settings import RPNowSettings
from .signing import CONTENT_TYPE, BodyValue, authorization, http_date

MAX_LOCATOR = 255


def register(
    host: VendorHost, settings: RPNowSettings, body: Mapping[str, BodyValue], now: datetime
) -> str:
    """Register an attempt; return the vendor's ``ssiRecordLocator``, the external id.

    :param body: the registration; signed and sent as it is.
    :param now: the time of the ``Date`` header.
    :raises proctor_hub.VendorError: anything but 200 or 201 with a locator.
    """
    date = http_date(now)
    headers = {
        "Content-Type": CONTENT_TYPE,
        "Date": date,
        "Authorization": authorization(
            key_id=settings.secret_key_id,
            secret_key=settings.secret_key.get_secret_value(),
            date=date,
            body=body,
        ),
    }
    reply = host.http.request(
        "POST",
        settings.exam_register_endpoint,
        data=json.dumps(body).encode("ascii"),
        headers=headers,
    )
    raise_for_status(reply)
    if reply.status not in (200, 201):
        raise VendorProtocolError(
            f"the vendor answered {reply.status} to a registration; its protocol has 200 and 201"
        )
    return _locator(reply.json())


def _locator(answer: object) -> str:
    if not isinstance(answer, dict):
        raise VendorProtocolError("the vendor's answer to a registration is not a JSON object")
    locator = answer.get("ssiRecordLocator")
    if isinstance(locator, int) and not isinstance(locator, bool):
        locator = str(locator)
    if not isinstance(locator, str) or not locator.strip():
        raise VendorProtocolError("the vendor registered the attempt without an ssiRecordLocator")
    locator = locator.strip()
    if len(locator) > MAX_LOCATOR or not locator.isprintable():
        raise VendorProtocolError("the vendor's ssiRecordLocator is too long or not plain text")
    return locator
