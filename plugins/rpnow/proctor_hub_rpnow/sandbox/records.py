"""What the simulated vendor keeps: registrations and a journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal


class SessionState(StrEnum):
    """Where the session of one registration stands, as the vendor sees it.

    registered: the code was never used; open: the secure browser is running; closed: it was
    closed and may be opened again (re-entry); finished: over, the single-use code is spent.
    """

    REGISTERED = "registered"
    OPEN = "open"
    CLOSED = "closed"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """One record at the vendor: a registration body (echoed in reviews) and its session."""

    locator: str
    body: Mapping[str, object] = field(repr=False)
    registered_at: datetime
    session: SessionState = SessionState.REGISTERED
    openings: int = 0
    reviews_sent: int = 0

    @property
    def code(self) -> str:
        """The attempt code (`examCode`)."""
        return str(self.body["examCode"])

    @property
    def exam_url(self) -> str:
        """The hub's start URL with its start token: never shown to anyone."""
        return str(self.body["examUrl"])

    def public(self) -> dict[str, object]:
        """What the steering page and API show: no password, no start token, no learner data."""
        return {
            "exam_code": self.code,
            "ssi_record_locator": self.locator,
            "exam_name": self.body["examName"],
            "duration": self.body["duration"],
            "reviewed_exam": self.body["reviewedExam"],
            "reviewer_notes": self.body["reviewerNotes"],
            "registered_at": self.registered_at.isoformat(),
            "session": str(self.session),
            "openings": self.openings,
            "reviews_sent": self.reviews_sent,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One request received or sent, with the answer's status (None: no answer), no secrets."""

    at: datetime
    direction: Literal["received", "sent"]
    what: str
    exam_code: str
    status: int | None
    note: str

    def public(self) -> dict[str, object]:
        """The entry as JSON-ready values."""
        return {**asdict(self), "at": self.at.isoformat()}
