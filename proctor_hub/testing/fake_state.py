"""What the fake vendor is like, what it heard, and how a test lets it fail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from proctor_hub import (
    AttemptStatus,
    CallbackEvent,
    Capability,
    ExamType,
    ReviewOwner,
    VendorError,
    VendorHost,
    VendorSettings,
)


@dataclass(frozen=True, slots=True)
class Told:
    """One thing the fake vendor was told: the hook's name and its arguments."""

    hook: str
    arguments: Mapping[str, object]


class FakeSettings(VendorSettings):
    """``[vendors.acme]``: what the fake vendor is like.

    ``has_stop_call``: whether it wants to hear of the end. ``second_review_owner``: who gets
    suspicious reviews. ``heartbeat_url``: where its software answers the exam page.
    ``capabilities``: what it declares; the hooks of all are there.
    """

    api_key: SecretStr = SecretStr("acme-key")
    base_url: str = "https://acme.example"
    has_stop_call: bool = False
    needs_escalation_email: bool = False
    second_review_owner: ReviewOwner = ReviewOwner.COURSE_TEAM
    readiness_minutes: int = 30
    poll_minutes: int = 5
    heartbeat_url: str = ""
    exam_types: frozenset[ExamType] = frozenset(
        {ExamType.PROCTORED, ExamType.PRACTICE, ExamType.ONBOARDING}
    )
    capabilities: frozenset[Capability] = frozenset(Capability) - {Capability.POLLING}


class FakeBase:
    """What the fake vendor's families of hooks share.

    :ivar told: every call that would reach the vendor, in order, failed ones included.
    :ivar news: what it answers when it is polled: external id → events, for attempts asked about.
    :ivar fail_with: raised by those hooks while set.
    :ivar refuse_with: an ``onboarding_*`` status that registration answers while set.
    """

    Settings = FakeSettings

    def __init__(self, settings: FakeSettings, host: VendorHost) -> None:
        """Built by the loader; no I/O."""
        self.settings = settings
        self.host = host
        self.told: list[Told] = []
        self.news: dict[str, tuple[CallbackEvent, ...]] = {}
        self.fail_with: VendorError | None = None
        self.refuse_with: AttemptStatus | None = None
        host.allow_url(settings.base_url)

    def hooks_told(self) -> list[str]:
        """The names of the hooks in :attr:`told`, in order."""
        return [told.hook for told in self.told]

    def hear(self, hook: str, **arguments: object) -> None:
        """Record a call of the vendor; raise :attr:`fail_with` while it is set."""
        self.told.append(Told(hook, arguments))
        if self.fail_with is not None:
            raise self.fail_with

    def new_id(self, prefix: str) -> str:
        """An id the vendor never gave before."""
        return f"{prefix}-{uuid.uuid4().hex}"
