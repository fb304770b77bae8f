"""One callback from its arrival to its answer (design §3, domain §4).

On success the raw bytes, the revision, the move, the history and the effects are one commit. On any
failure to parse or apply, the raw bytes alone are committed with the reason. Nothing is answered
before a commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
import structlog

from proctor_hub import metrics
from proctor_hub.domain.errors import DomainError
from proctor_hub.domain.told import noted
from proctor_hub.errors import PluginError, VendorBroken, VendorError
from proctor_hub.services import trace
from proctor_hub.services.attempts import vendor_view
from proctor_hub.services.attempts.access import issue_proof
from proctor_hub.services.callbacks import polled, quarantine
from proctor_hub.services.callbacks.applying import DETAIL_MAX, apply
from proctor_hub.services.callbacks.envelope import digest_of, seal
from proctor_hub.services.callbacks.outcomes import REPLAYABLE
from proctor_hub.services.checks import cleaned
from proctor_hub.services.errors import ServiceError
from proctor_hub.services.hub import Hub
from proctor_hub.storage import attempts as attempt_store
from proctor_hub.storage import callbacks as store
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.default_flow import plain_answer
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.receiving import (
    Accepted,
    Answer,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    RedirectToExam,
    ReviewReceived,
)

R = TypeVar("R")
_log = structlog.get_logger("proctor_hub.callbacks")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Send the learner's browser there."""

    url: str


Reply = Answer | Redirect

SETTLED = CallbackOutcome(
    status=409,
    code="already_effective",
    detail=noted("it took effect meanwhile; nothing was changed"),
)
"""Of a replayed callback that somebody else replayed at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What became of a callback, and the row it is kept in (None: only counted)."""

    outcome: CallbackOutcome
    callback_pk: int | None = None
    attempt_code: str | None = None


def receive(hub: Hub, slug: str | None, request: CallbackRequest) -> Reply:
    """Take in one call of a vendor and say what to answer.

    :param slug: the vendor account the host found for it; None: none was found.
    """
    began = time.perf_counter()
    vendor = _usable(hub, slug, request)
    if isinstance(vendor, CallbackOutcome):
        quarantine.keep(hub, slug, request, vendor)
        known = slug if slug and slug in hub.vendors.broken else ""
        metrics.callback_answered(known, vendor.code, time.perf_counter() - began)
        return plain_answer(vendor)
    received = _process(hub, vendor, request)
    metrics.callback_answered(vendor.slug, received.outcome.code, time.perf_counter() - began)
    trace.add(
        vendor=vendor.slug,
        outcome=received.outcome.code,
        callback=received.callback_pk,
        attempt=received.attempt_code,
    )
    return _acknowledge(hub, vendor, request, received)


def process_events(
    hub: Hub,
    vendor: Vendor,
    request: CallbackRequest,
    *,
    existing: int | None = None,
    stamp: dict[str, object] | None = None,
) -> Received:
    """Parse and apply an authenticated (or vouched-for) request; see the module's docstring.

    :param existing: the stored callback it comes from, when it is replayed.
    :param stamp: columns to write on that row, such as who vouched.
    """

    def work() -> Received:
        events, digests = _events(vendor, request)

        def unit(conn: sa.Connection) -> Received:
            if existing is not None and store.outcome_locked(conn, existing) not in REPLAYABLE:
                return Received(outcome=SETTLED, callback_pk=existing)
            return apply_all(
                hub, conn, vendor, request, events, digests, existing=existing, stamp=stamp
            )

        return hub.database.write(unit)

    return keep_whatever_happens(hub, vendor, request, work, existing=existing, stamp=stamp)


def keep_whatever_happens(
    hub: Hub,
    vendor: Vendor,
    request: CallbackRequest,
    work: Callable[[], R],
    *,
    about: int | None = None,
    existing: int | None = None,
    stamp: dict[str, object] | None = None,
) -> R | Received:
    """What ``work`` answers; where it fails, the request alone is kept, with the reason.

    :param about: the attempt that the request is known to be about. :param existing: the row it is
        kept in already. :param stamp: columns to write on that row.
    """
    try:
        return work()
    except (PluginError, VendorError) as error:
        outcome = CallbackOutcome(
            status=422, code="unparsable", detail=cleaned(str(error), longest=DETAIL_MAX)
        )
    except (DomainError, ServiceError) as error:
        outcome = CallbackOutcome(
            status=409, code="conflict", detail=cleaned(str(error), longest=DETAIL_MAX)
        )
    except sa.exc.OperationalError as error:
        # The database had no room for all of it, or fell over: the vendor is to call again.
        _log.error("callback_not_stored", vendor=vendor.slug, route=request.route)
        detail = f"not applied: {type(error).__name__}"
        outcome = CallbackOutcome(status=503, code="conflict", detail=detail)
    except Exception as error:
        # A defect of ours: the bytes are kept all the same, and can be replayed once it is mended.
        _log.exception("callback_failed", vendor=vendor.slug, route=request.route)
        detail = f"not applied: {type(error).__name__}"
        outcome = CallbackOutcome(status=500, code="conflict", detail=detail)
    pk = hub.database.write(
        lambda conn: _keep(hub, conn, vendor, request, outcome, about, existing, stamp)
    )
    return Received(outcome=outcome, callback_pk=pk)


def _process(hub: Hub, vendor: Vendor, request: CallbackRequest) -> Received:
    refused = _refusal(vendor, request)
    if refused is None:
        return process_events(hub, vendor, request)
    kept = quarantine.keep(hub, vendor.slug, request, refused)
    return Received(outcome=refused, callback_pk=kept)


def _refusal(vendor: Vendor, request: CallbackRequest) -> CallbackOutcome | None:
    try:
        found = vendor.authenticate_callback(request=request)
    except (PluginError, VendorError) as error:
        # Not the caller's fault, and no proof either: refused for now.
        return CallbackOutcome(
            status=503, code="refused", detail=cleaned(str(error), longest=DETAIL_MAX)
        )
    if isinstance(found, Accepted):
        return None
    return CallbackOutcome(
        status=found.status, code="refused", detail=cleaned(found.reason, longest=DETAIL_MAX)
    )


def apply_all(
    hub: Hub,
    conn: sa.Connection,
    vendor: Vendor,
    request: CallbackRequest,
    events: Sequence[CallbackEvent],
    digests: Sequence[str],
    *,
    about: int | None = None,
    existing: int | None = None,
    stamp: dict[str, object] | None = None,
) -> Received:
    """Apply the events of a request and keep it, within one transaction.

    :param digests: of each event, what tells its content apart. :param about: the attempt that the
        request is known to be about. :param existing: the row it is kept in already.
    :param stamp: columns to write on that row.
    """
    # Each event is planned and written before the next is planned: two may be about one attempt.
    callback_pk: int | None = None
    outcome = CallbackOutcome(status=200, code="stored", detail=noted("the call says nothing"))
    matched: AttemptRecord | None = None
    for event, digest in zip(events, digests, strict=True):
        result = apply(hub, conn, vendor.slug, event, digest, replayed=existing)
        if callback_pk is None or result.outcome.status > outcome.status:
            outcome = result.outcome
        matched = matched or result.record
        if callback_pk is None:
            pk = matched.id if matched else about
            callback_pk = _keep(hub, conn, vendor, request, outcome, pk, existing, stamp)
        if result.write is not None:
            result.write(callback_pk)
    if callback_pk is None:
        callback_pk = _keep(hub, conn, vendor, request, outcome, about, existing, stamp)
    elif len(events) > 1:
        store.set_outcome(conn, callback_pk, outcome, matched.id if matched else about)
    code = matched.code if matched else None
    return Received(outcome=outcome, callback_pk=callback_pk, attempt_code=code)


def _events(vendor: Vendor, request: CallbackRequest) -> tuple[Sequence[CallbackEvent], list[str]]:
    """The events of a request, and what tells each one's content apart."""
    if polled.is_polled(request):
        noted = polled.events_in(request)
        return noted, [digest_of(polled.key_of(event)) for event in noted]
    events = vendor.parse_callback(request=request)
    return events, _digests(request.body, events)


def _digests(body: bytes, events: tuple[CallbackEvent, ...]) -> list[str]:
    """What tells each event's content apart: the body; of several reviews in one, their places."""
    several = sum(isinstance(event, ReviewReceived) for event in events) > 1
    if not several:
        return [digest_of(body)] * len(events)
    return [digest_of(body + b"#%d" % place) for place in range(len(events))]


def _keep(
    hub: Hub,
    conn: sa.Connection,
    vendor: Vendor,
    request: CallbackRequest,
    outcome: CallbackOutcome,
    attempt_pk: int | None,
    existing: int | None,
    stamp: dict[str, object] | None,
) -> int:
    if existing is not None:
        store.replayed(conn, existing, outcome, attempt_pk, dict(stamp or {}))
        return existing
    return store.insert(
        conn,
        now=hub.now(),
        vendor=vendor.slug,
        request=request,
        sealed=seal(hub.keyring, request),
        digest=digest_of(request.body),
        outcome=outcome,
        attempt_pk=attempt_pk,
        trace_id=trace.current(),
    )


def _usable(hub: Hub, slug: str | None, request: CallbackRequest) -> Vendor | CallbackOutcome:
    nobody = CallbackOutcome(status=401, code="refused", detail=noted("no vendor account matches"))
    if slug is None and "attempt_code" in request.path_params:  # the code finds the account
        return CallbackOutcome(status=404, code="refused", detail=noted("no attempt has this code"))
    if slug is None:
        return nobody
    try:
        return hub.vendors.get(slug)
    except VendorBroken as error:
        # Nobody can say whose call it is until the plugin is mended: call again.
        return CallbackOutcome(
            status=503, code="refused", detail=cleaned(str(error), longest=DETAIL_MAX)
        )
    except PluginError:
        return nobody


def _acknowledge(hub: Hub, vendor: Vendor, request: CallbackRequest, received: Received) -> Reply:
    try:
        reply = vendor.acknowledge_callback(request=request, outcome=received.outcome)
    except (PluginError, VendorError) as error:
        # What was accepted is committed; a plugin that cannot say so must not make it look lost.
        _log.error(
            "acknowledge_failed", vendor=vendor.slug, reason=cleaned(str(error), longest=DETAIL_MAX)
        )
        return plain_answer(received.outcome)
    if not isinstance(reply, RedirectToExam):
        return reply
    if received.attempt_code is None:
        return plain_answer(received.outcome)
    return _to_exam(hub, received.attempt_code)


def _to_exam(hub: Hub, code: str) -> Reply:
    with hub.database.read() as conn:
        record = attempt_store.by_code(conn, code)
    if record is None:
        return plain_answer(CallbackOutcome(status=404, code="unmatched"))
    page = vendor_view.exam_page(hub, record)
    joint = "&" if "?" in page else "?"
    return Redirect(url=f"{page}{joint}proof={issue_proof(hub, record)}")
