"""Every time a plugin gives is aware and UTC."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from proctor_hub.errors import VendorError
from proctor_hub.testing.calls import CALLS
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import Case
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import loaded, talks
from proctor_hub.testing.kit.outward import opened
from proctor_hub.testing.kit.subjects import VIEWER
from proctor_hub.testing.kit.talk import request_of, talk_of
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.rendering import DashboardRequest, DashboardScope
from proctor_hub.vendors.subjects import Capability


def _unless(case: Case) -> str:
    """Needs the capability `onboarding` or `dashboard`."""
    if problem := loaded(case):
        return problem
    if case.can(Capability.ONBOARDING) or case.can(Capability.DASHBOARD):
        return ""
    return "neither onboarding nor dashboards are declared: the plugin gives no times"


@check(
    "times-aware",
    Tier.SILVER,
    why="A time without its zone is read in another one, and a profile ends hours too early.",
    about="reference/contract.md#onboardingprofile",
    unless=_unless,
)
def aware(bench: Bench) -> None:
    """Every time in an answer of the plugin is aware, and in UTC."""
    vendor = bench.fresh_vendor()
    subject = opened(bench, vendor)
    answers: list[tuple[str, Any]] = []
    for hook in ("onboarding_status", "rules_catalog", "launch_session", "poll_reviews"):
        try:
            answers.append((hook, CALLS[hook](vendor, subject)))
        except VendorError:
            continue  # another check's business
    request = DashboardRequest(
        scope=DashboardScope.COURSE, course_id=subject.exam.course_id, viewer=VIEWER
    )
    answers.append(("render_dashboard", vendor.render_dashboard(request=request)))
    if not talks(bench.case):
        for heard in (talk_of(bench).ready, talk_of(bench).review):
            events = vendor.parse_callback(request=request_of(bench, heard))
            answers.append(("parse_callback", events))
    for hook, answer in answers:
        for moment in _times(answer):
            demand(
                moment.utcoffset() == timedelta(0), f"{hook} answers the time {moment}, not in UTC"
            )


def _times(value: Any) -> Iterator[datetime]:
    if isinstance(value, datetime):
        yield value
    elif isinstance(value, tuple):
        for one in value:
            yield from _times(one)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from _times(getattr(value, field.name))
