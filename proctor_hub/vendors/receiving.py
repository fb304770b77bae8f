"""What the *receiving reviews* hooks take and return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proctor_hub.domain.reviews import Incident
from proctor_hub.domain.words import AttemptStatus, OnboardingStatus, ReviewStatus


class AccountBy(StrEnum):
    """How the host finds the vendor account a callback is for, before any plugin is asked.

    ``TOKEN``: the hub-minted bearer token names it. ``ATTEMPT_CODE``: the path parameter
    ``attempt_code`` is an attempt of it. ``URL``: the query parameter ``account`` names it; without
    one, the only account that uses the path.
    """

    TOKEN = "token"  # noqa: S105 - a way to find the account, not a secret
    ATTEMPT_CODE = "attempt_code"
    URL = "url"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRoute:
    """A path this vendor's systems call.

    :param name: this plugin's own name for it, passed back in :class:`CallbackRequest`.
    :param path: absolute, with ``{parameters}``.
    :param answers_browser: True where a learner's browser makes the call, so that refusals and
        errors are pages, not JSON; the raw exchange is kept all the same.
    """

    name: str
    method: str
    path: str
    account: AccountBy
    answers_browser: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackRequest:
    """One call of a vendor, as it came.

    :param headers: names in lower case.
    :param caller: the client id of the hub-minted token, verified by the host; None without one.
    :param source_address: the address it came from (after the trusted proxy).
    """

    route: str
    method: str
    path: str
    path_params: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    source_address: str
    caller: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The call is really from the vendor; ``caller`` names it in the history."""

    caller: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The call is not proven to be from the vendor; ``reason`` is for operators."""

    status: int
    reason: str


Authentication = Accepted | Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRef:
    """Which attempt an event is about.

    By ``external_id``, or by ``attempt_code`` with the ``external_id`` as a check that must match
    (case-insensitively) where it is given.
    """

    external_id: str | None = None
    attempt_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReady:
    """The proctoring session is ready; the learner may start."""

    attempt: AttemptRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntered:
    """The learner came through the vendor's tool: ready before the start; while the exam runs it
    is a re-entry, which ends and submits it (domain §10)."""

    attempt: AttemptRef


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnded:
    """The proctoring ended before the exam did: stopped and submitted as it stands."""

    attempt: AttemptRef
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFault:
    """The vendor reports a fault: the attempt goes to ``error``."""

    attempt: AttemptRef
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewReceived:
    """The vendor's review.

    :param reviewed_by: e-mail of the person who decided in the vendor's dashboard.
    :param order: where the vendor gives one (time or sequence), it decides over arrival;
        lexicographically comparable text.
    :param video_url: link to the recording; stored encrypted, shown to entitled staff only.
    :param vendor_status: the vendor's own word, kept as it came.
    """

    attempt: AttemptRef
    status: ReviewStatus
    incidents: tuple[Incident, ...] = ()
    reviewed_by: str | None = None
    order: str | None = None
    video_url: str | None = None
    comment: str = ""
    vendor_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingChanged:
    """A learner's onboarding profile with this vendor changed."""

    pseudonym: str
    status: OnboardingStatus
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrecognised:
    """The body makes no sense; ``reason`` says which field and why. Answered 422, kept."""

    reason: str


CallbackEvent = (
    SessionReady
    | SessionEntered
    | SessionEnded
    | SessionFault
    | ReviewReceived
    | OnboardingChanged
    | Unrecognised
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackOutcome:
    """What the host did with a callback.

    :param status: the honest HTTP status.
    :param code: stable word: ``applied``, ``stored``, ``unchanged``, ``unmatched``, ``unparsable``,
        ``refused``, ``conflict``, ``already_effective``.
    :param detail: a sentence without personal data.
    :param attempt_status: the attempt's status afterwards, where one was matched.
    """

    status: int
    code: str
    detail: str = ""
    attempt_status: AttemptStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the vendor is answered."""

    status: int
    body: str
    content_type: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectToExam:
    """Send the learner's browser to the exam page with a host-issued exam proof, or, where the
    attempt is finished, to its result page. The host builds the URL."""


Acknowledgement = Answer | RedirectToExam
