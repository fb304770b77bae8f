"""A vendor's HTTP answer, and which error it means."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from proctor_hub.errors import (
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub.vendors.host import HttpReply


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """``HttpReply`` of a whole answer within the size cap.

    :param headers: a mapping that finds names in any case.
    :param where: method, host and path it answers, without query; for messages.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    where: str = ""

    @property
    def text(self) -> str:
        """Body as text by the declared charset, else UTF-8; undecodable bytes replaced."""
        content_type = Message()
        content_type["Content-Type"] = self.headers.get("Content-Type", "")
        try:
            return self.body.decode(content_type.get_content_charset() or "utf-8", "replace")
        except LookupError:
            return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """Body as JSON.

        :raises proctor_hub.errors.VendorProtocolError: it is not.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            problem = VendorProtocolError(f"The answer to {self.where or 'a call'} is not JSON.")
        raise problem


def raise_for_status(reply: HttpReply) -> None:
    """Return on 2xx; raise what any other status of a vendor's answer means.

    :raises proctor_hub.errors.VendorUnauthorized: 401, 403.
    :raises proctor_hub.errors.VendorUnavailable: 408, 429 and 5xx, with ``Retry-After`` in seconds.
    :raises proctor_hub.errors.VendorProtocolError: a redirect, or no HTTP status at all.
    :raises proctor_hub.errors.VendorRejected: any other 4xx.
    """
    status = reply.status
    if 200 <= status <= 299:
        return
    where = getattr(reply, "where", "")
    said = f"The vendor answered {status}" + (f" to {where}" if where else "")
    if status in (401, 403):
        raise VendorUnauthorized(f"{said}: our credentials are not accepted; see the settings.")
    if status in (408, 429) or 500 <= status <= 599:
        raise VendorUnavailable(f"{said}.", retry_after=retry_after(reply.headers))
    if 400 <= status <= 499:
        raise VendorRejected(f"{said}: it refuses this request.", status=status)
    raise VendorProtocolError(f"{said}, which its protocol does not have; redirects are off.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of ``Retry-After``: a number, or a date taken relative to the answer's ``Date``."""
    found = {name.lower(): value for name, value in headers.items()}
    value = found.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    until, sent = _http_date(value), _http_date(found.get("date", ""))
    if until is None or sent is None:
        return None
    return max(0.0, (until - sent).total_seconds())


def _http_date(value: str) -> datetime | None:
    try:
        parsed = parsedate_to_datetime(value)
    except ValueError:
        return None
    return parsed if parsed.tzinfo is not None else None
