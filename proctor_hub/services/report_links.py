"""Links to report files: good for minutes, for one report and one requester (domain §8).

The signature only says what the hub wrote; whether the requester may have the report is read from
storage again when the link is opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from proctor_hub.domain.report import ReportStatus
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import Role
from proctor_hub.services.access import clients
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.errors import Conflict, Forbidden, Gone, StorageDown
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.reports import Report, files_of, report_for
from proctor_hub.storage import audit
from proctor_hub.storage import reports as store
from proctor_hub.storage.report_files import StorageFailed

PATH = "/reports/download"
_PURPOSE = "report links"
_MAX_LENGTH = 1000
_NOT_READY = {
    ReportStatus.PENDING: noted("The report is not made yet: wait until its status is ready."),
    ReportStatus.RUNNING: noted("The report is being made: wait until its status is ready."),
    ReportStatus.FAILED: noted("The report could not be made: ask for a new one."),
    ReportStatus.ERASED: noted(
        "The report was removed since a learner in it was erased: ask for a new one."
    ),
    ReportStatus.EXPIRED: noted("The report is not kept any more: ask for a new one."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address that a browser can open, until then; a secret while it holds."""

    url: str
    expires_at: datetime

    def __repr__(self) -> str:
        """Without the address."""
        return f"Link(expires_at={self.expires_at!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A report file: its name, its size in bytes, and its content in chunks."""

    file_name: str
    size: int
    chunks: Iterator[bytes]


def make_link(hub: Hub, actor: Actor, code: str) -> Link:
    """A link to a ready report, for this actor.

    :raises NotFound: none of this code, or not this actor's to know of. :raises Forbidden: not
        for this actor. :raises Conflict: the report is not ready, or is not kept any more.
    """
    now = hub.now()

    def unit(conn: sa.Connection) -> Report:
        report = report_for(conn, actor, code)
        reason = _why_not(report, now)
        if reason is not None:
            raise Conflict(reason, code="report_not_ready")
        audit.record(conn, now, actor, "report.linked", report.course_pk, report.code)
        return report

    return _link(hub, actor, hub.database.write(unit), now)


def make_links(hub: Hub, actor: Actor, listed: Sequence[Report]) -> Mapping[str, Link]:
    """Code → link, for those of some listed reports that are ready; for a page that shows them.

    :raises Forbidden: one of them is not for this actor; then no link is made.
    """
    now = hub.now()

    def unit(conn: sa.Connection) -> list[Report]:
        for course_pk in {report.course_pk for report in listed}:
            ensure(conn, actor, Permission.SEE_REPORTS, course_pk)
        ready = [report for report in listed if _why_not(report, now) is None]
        for report in ready:
            audit.record(conn, now, actor, "report.linked", report.course_pk, report.code)
        return ready

    if not listed:
        return {}
    return {one.code: _link(hub, actor, one, now) for one in hub.database.write(unit)}


def _link(hub: Hub, actor: Actor, report: Report, now: datetime) -> Link:
    who = actor.id if actor.person_pk is None else actor.person_pk
    token = _serializer(hub).dumps([report.code, report.course_pk, who])
    if isinstance(token, bytes):
        token = token.decode("ascii")
    lifetime = timedelta(seconds=hub.limits.report_link_seconds)
    return Link(url=f"{hub.public_url}{PATH}?token={token}", expires_at=now + lifetime)


def open_link(hub: Hub, token: str) -> Download:
    """The file behind a link, if it still holds and its requester may still have it.

    :raises Forbidden: no link of ours, or its requester may not have the report any more.
    :raises Gone: the link or the report is over. :raises StorageDown: the file cannot be read now.
    """
    code, course_pk, who = _claims(hub, token)
    requester = _requester(hub, who)
    with hub.database.read() as conn:
        report = store.by_code(conn, code)
        if report is None or report.course_pk != course_pk:
            raise Forbidden(noted("This link leads to no report."), code="link_not_valid")
        ensure(conn, requester, Permission.SEE_REPORTS, report.course_pk)
    reason = _why_not(report, hub.now())
    if reason is not None:
        raise Gone(reason, code="report_gone")
    try:
        chunks = files_of(hub).open(report.code, report.file_key)
    except FileNotFoundError:
        raise Gone(
            noted("The report's file is gone: ask for a new one."), code="report_gone"
        ) from None
    except StorageFailed as error:
        raise StorageDown(
            noted("Reports cannot be read just now; try again in a minute.")
        ) from error
    return Download(file_name=report.file_name, size=report.size or 0, chunks=chunks)


def _why_not(report: Report, now: datetime) -> str | None:
    over = report.expires_at is not None and report.expires_at <= now
    status = ReportStatus.EXPIRED if over else report.status
    return _NOT_READY.get(status)


def _claims(hub: Hub, token: str) -> tuple[str, int, int | str]:
    try:
        if len(token) > _MAX_LENGTH:
            raise BadSignature("longer than any of ours")
        loaded: Any = _serializer(hub).loads(token, max_age=hub.limits.report_link_seconds)
    except SignatureExpired:
        raise Gone(
            noted(
                "This link is over: they hold a few minutes. Go back to the page of reports, "
                "load it "
                "again, and take the new link."
            ),
            code="link_expired",
        ) from None
    except BadSignature:
        raise Forbidden(noted("This is no link of this hub."), code="link_not_valid") from None
    code, course_pk, who = loaded
    return code, course_pk, who


def _requester(hub: Hub, who: int | str) -> Actor:
    """Who got the link, with nothing but what is stored about them now."""
    if isinstance(who, int):
        return Actor(role=Role.LEARNER, id="", person_pk=who)
    client = clients.find(hub, who)
    if client is None:
        raise Forbidden(noted("Who got this link may not have reports any more."))
    return clients.actor_of(client)


def _serializer(hub: Hub) -> URLSafeTimedSerializer:
    class Signer(TimestampSigner):
        """Signs and checks with the hub's clock."""

        def get_timestamp(self) -> int:
            """Seconds, by the hub's clock."""
            return int(hub.now().timestamp())

    # The library's order is oldest first; ours begins with the one that writes.
    keys = hub.keyring.derive(_PURPOSE)[::-1]
    options = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    return URLSafeTimedSerializer(keys, _PURPOSE, signer=Signer, signer_kwargs=options)
