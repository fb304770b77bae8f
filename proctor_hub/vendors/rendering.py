"""What the *rendering dashboards* hooks take and return."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from proctor_hub.vendors.subjects import Attempt, Exam, Viewer


class DashboardScope(StrEnum):
    """What a dashboard shows (domain §6)."""

    COURSE = "course"
    EXAM = "exam"
    ATTEMPT = "attempt"
    CONFIGURATION = "configuration"


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardRequest:
    """Which dashboard is wanted, by whom. The host has checked that the viewer may see it.

    :param language: of the viewer's page (BCP 47), for what the plugin itself says.
    """

    scope: DashboardScope
    course_id: str
    viewer: Viewer
    exam: Exam | None = None
    attempt: Attempt | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardEmbed:
    """Show ``url`` inline; it is signed and works until ``expires_at``."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardLink:
    """Open ``url`` in a new tab."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardData:
    """The vendor has no dashboard of its own; the host shows what it stored, in these sections.

    :param sections: heading → text the host adds to its own page, already plain text.
    """

    sections: Mapping[str, str] = field(default_factory=dict)


Dashboard = DashboardEmbed | DashboardLink | DashboardData


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What the learner is told to do before the start, in steps, in the asked language."""

    steps: tuple[str, ...] = ()
    download_url: str = ""
