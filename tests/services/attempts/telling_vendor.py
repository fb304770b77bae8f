"""A vendor for tests that says whatever a test wants, and breaks where a test wants it to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import EntryPoint

from proctor_hub import (
    Acknowledgement,
    Attempt,
    Authentication,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    CallbackRoute,
    Classification,
    Exam,
    HeartbeatPlan,
    Learner,
    OnLoss,
    Registered,
    Registration,
    ReviewFacts,
    VendorDescription,
    hookimpl,
)
from proctor_hub.testing.fake_state import FakeSettings
from proctor_hub.testing.fake_vendor import FakeVendor

PLUGIN = "telling"


class TellingSettings(FakeSettings):
    """``needs_exam_proof``: its own browser is the exam window."""

    needs_exam_proof: bool = False


class TellingVendor(FakeVendor):
    """Says what :attr:`says` holds for a body, on the paths of the fake vendor.

    :ivar says: body → events; other bodies are the fake vendor's own.
    :ivar broken: names of hooks that raise.
    :ivar next_ids: external ids it hands out first.
    :ivar acknowledges: what it answers instead of the default.
    :ivar meanwhile: runs once while a registration is on its way.
    :ivar on_loss: what follows where the exam page loses its software.
    :ivar classifies: what it makes of reviews instead of the fake vendor's policy.
    """

    Settings = TellingSettings
    settings: TellingSettings

    def __init__(self, settings: TellingSettings, host: object) -> None:
        super().__init__(settings, host)  # type: ignore[arg-type]
        self.says: dict[bytes, tuple[CallbackEvent, ...]] = {}
        self.broken: set[str] = set()
        self.next_ids: list[str] = []
        self.acknowledges: Acknowledgement | None = None
        self.classifies: Classification | None = None
        self.on_loss = OnLoss.SUBMIT
        self.meanwhile: Callable[[], object] | None = None

    def _maybe_break(self, hook: str) -> None:
        if hook in self.broken:
            raise ZeroDivisionError(hook)

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        described = super().describe_vendor()
        return replace(described, needs_exam_proof=self.settings.needs_exam_proof)

    @hookimpl
    def heartbeat_plan(self) -> HeartbeatPlan:
        self._maybe_break("heartbeat_plan")
        return HeartbeatPlan(on_loss=self.on_loss)

    @hookimpl
    def register_attempt(self, exam: Exam, learner: Learner, attempt: Attempt) -> Registration:
        answer = super().register_attempt(exam, learner, attempt)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return Registered(external_id=self.next_ids.pop(0)) if self.next_ids else answer

    @hookimpl
    def callback_routes(self) -> tuple[CallbackRoute, ...]:
        return super().callback_routes()

    @hookimpl
    def authenticate_callback(self, request: CallbackRequest) -> Authentication:
        self._maybe_break("authenticate_callback")
        return super().authenticate_callback(request)

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        self._maybe_break("parse_callback")
        said = self.says.get(request.body)
        return super().parse_callback(request) if said is None else said

    @hookimpl
    def classify_review(self, review: ReviewFacts) -> Classification | None:
        self._maybe_break("classify_review")
        return self.classifies or super().classify_review(review)

    @hookimpl
    def acknowledge_callback(self, outcome: CallbackOutcome) -> Acknowledgement | None:
        self._maybe_break("acknowledge_callback")
        return self.acknowledges


def telling_entry_point() -> EntryPoint:
    """The plugin as an installed one."""
    return EntryPoint(PLUGIN, f"{__name__}:TellingVendor", "proctor_hub.vendors")
