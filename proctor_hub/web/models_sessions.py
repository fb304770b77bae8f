"""Dashboards and the guide to a session, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from proctor_hub.services.attempts.instructions import SessionGuide
from proctor_hub.vendors.launching import OnLoss
from proctor_hub.vendors.rendering import Dashboard, DashboardData, DashboardEmbed
from proctor_hub.web.models_base import Out


class DashboardOut(Out):
    """A vendor's dashboard; ``kind`` says which fields are set."""

    kind: Literal["embed", "link", "data"]
    url: str | None = Field(default=None, description="embed: show inline; link: open in a new tab")
    expires_at: datetime | None = Field(default=None, description="embed: the URL works until then")
    sections: dict[str, str] = Field(default={}, description="data: heading and plain text")


class HeartbeatOut(Out):
    """How the exam page watches the proctoring software."""

    interval_seconds: float
    url: str = Field(description="Where the software answers, on the learner's machine; or empty")
    grace_seconds: float
    on_loss: OnLoss = Field(description="What follows when it stays away longer than the grace")


class GuideOut(Out):
    """What the learner is told, and what the exam page does."""

    steps: list[str]
    download_url: str
    rules: dict[str, bool] = Field(description="Binary rules, in the vendor's keys")
    custom_rules: str
    heartbeat: HeartbeatOut | None = Field(description="Null: the vendor has none")
    support_email: str
    support_phone: str
    support_url: str


def dashboard_out(found: Dashboard) -> DashboardOut:
    """A dashboard as JSON."""
    if isinstance(found, DashboardData):
        return DashboardOut(kind="data", sections=dict(found.sections))
    if isinstance(found, DashboardEmbed):
        return DashboardOut(kind="embed", url=found.url, expires_at=found.expires_at)
    return DashboardOut(kind="link", url=found.url)


def guide_out(found: SessionGuide) -> GuideOut:
    """A session's guide as JSON."""
    return GuideOut(
        steps=list(found.instructions.steps),
        download_url=found.instructions.download_url,
        rules=dict(found.rules),
        custom_rules=found.custom_rules,
        heartbeat=_heartbeat(found),
        support_email=found.support_email,
        support_phone=found.support_phone,
        support_url=found.support_url,
    )


def _heartbeat(found: SessionGuide) -> HeartbeatOut | None:
    plan = found.heartbeat
    if plan.interval is None:
        return None
    return HeartbeatOut(
        interval_seconds=plan.interval.total_seconds(),
        url=plan.url,
        grace_seconds=plan.grace.total_seconds(),
        on_loss=plan.on_loss,
    )
