"""What the *launching sessions* hooks return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from proctor_hub.domain.words import AttemptStatus, OnboardingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesCatalog:
    """The binary rules a vendor offers: key → label in the asked language. May be empty."""

    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamSynced:
    """The vendor knows the exam under this id (``None``: it keeps no exams)."""

    external_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """The vendor opened a session for the attempt, under this external id."""

    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingRefused:
    """The vendor opened no session until onboarding is done; ``status`` is the refusal."""

    status: AttemptStatus


Registration = Registered | OnboardingRefused


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectPlan:
    """Send the learner's browser to ``url``."""

    url: str
    instructions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPostPlan:
    """Let the learner's browser POST ``fields`` to ``url``."""

    url: str
    fields: Mapping[str, str]
    instructions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DownloadPlan:
    """The learner installs and starts the vendor's tool, which does the rest."""

    download_url: str
    instructions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamCodePlan:
    """The learner installs the vendor's tool and copies the single-use exam code into it."""

    exam_code: str
    download_url: str
    instructions: tuple[str, ...] = ()


LaunchPlan = RedirectPlan | FormPostPlan | DownloadPlan | ExamCodePlan


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAnswer:
    """The vendor took a notice, or (``needed`` False) has no such call."""

    needed: bool = True
    detail: str = ""


_SHORTEST = timedelta(seconds=1)
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


class OnLoss(StrEnum):
    """What follows when the exam page loses the proctoring software (domain §10)."""

    SUBMIT = "submit"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartbeatPlan:
    """How the exam page watches the proctoring software.

    ``interval`` None: this vendor has no heartbeat. The hub's own page asks ``url``, where the
    software listens on the learner's machine; whatever it answers is a sign of life. Empty: only
    an exam page that knows the software by itself, such as an LMS's, can watch it. After ``grace``
    without an answer the exam ends as ``on_loss`` says.

    :raises ValueError: ``url`` leads to another machine, or a span is not positive.
    """

    interval: timedelta | None = None
    url: str = ""
    grace: timedelta = timedelta(seconds=30)
    on_loss: OnLoss = OnLoss.SUBMIT

    def __post_init__(self) -> None:
        """A page that calls other machines would tell them about the learner."""
        if self.url and not _is_of_this_machine(self.url):
            raise ValueError("url must be http or https, of localhost, 127.0.0.1 or [::1]")
        if self.interval is not None and self.interval < _SHORTEST:
            raise ValueError("interval must be a second or longer")
        if self.grace < timedelta():
            raise ValueError("grace must not be negative")


def _is_of_this_machine(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    web = parts.scheme in ("http", "https") and "@" not in parts.netloc
    return web and parts.hostname in _THIS_MACHINE and url.isprintable() and " " not in url


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingQuery:
    """Which onboarding profiles are asked for: one learner's, or a course's page by page."""

    course_id: str
    pseudonym: str | None = None
    status: OnboardingStatus | None = None
    cursor: str | None = None
    page_size: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingProfile:
    """Where a learner's onboarding stands with this vendor; ``expires_at`` where it says."""

    pseudonym: str
    status: OnboardingStatus
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnboardingPage:
    """Onboarding profiles; ``next_cursor`` None on the last page."""

    profiles: tuple[OnboardingProfile, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether the vendor answers. ``detail`` is for operators and holds no secret."""

    ok: bool
    detail: str = ""
