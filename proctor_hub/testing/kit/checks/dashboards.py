"""The vendor's dashboards: for how long, of what, and safe to open."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import able
from proctor_hub.testing.kit.outward import made_up
from proctor_hub.testing.kit.subjects import COURSE, VIEWER
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.rendering import (
    Dashboard,
    DashboardData,
    DashboardEmbed,
    DashboardRequest,
    DashboardScope,
)
from proctor_hub.vendors.subjects import Capability, Viewer

_ABOUT = "reference/hooks.md#render_dashboard"
_LONGEST = timedelta(hours=1)
_HAS_ONE = able(Capability.DASHBOARD)
_EVIL = "\"'><script>alert(1)</script>\r\nSet-Cookie: x=y javascript:alert(2)"
_UNSAFE = re.compile(r"[\x00-\x20\x7f\"'<>\\`]")


def _shown(
    bench: Bench,
    vendor: Vendor,
    scope: DashboardScope,
    viewer: Viewer = VIEWER,
    course: str = COURSE,
) -> Dashboard:
    subject = made_up(bench)
    request = DashboardRequest(
        scope=scope,
        course_id=course,
        viewer=viewer,
        exam=subject.exam if scope in (DashboardScope.EXAM, DashboardScope.ATTEMPT) else None,
        attempt=subject.attempt if scope is DashboardScope.ATTEMPT else None,
    )
    return vendor.render_dashboard(request=request)


def _url(dashboard: Dashboard) -> str:
    return "" if isinstance(dashboard, DashboardData) else dashboard.url


@check(
    "dashboards-expire",
    Tier.SILVER,
    why="A link that is passed on must be worth nothing an hour later: it shows learners' videos.",
    about=_ABOUT,
    unless=_HAS_ONE,
)
def expire(bench: Bench) -> None:
    """An embedded dashboard's link ends within the hour, says when, and is made anew each time."""
    vendor = bench.fresh_vendor()
    for scope in DashboardScope:
        dashboard = _shown(bench, vendor, scope)
        if not isinstance(dashboard, DashboardEmbed):
            continue
        now = bench.clock()
        demand(
            now < dashboard.expires_at <= now + _LONGEST,
            f"the {scope} dashboard's link ends at {dashboard.expires_at}, not within an hour",
        )


@check(
    "dashboards-scoped",
    Tier.SILVER,
    why="A link that opens more than was asked for shows one course's learners to another's team.",
    about=_ABOUT,
    unless=_HAS_ONE,
)
def scoped(bench: Bench) -> None:
    """Every scope is answered; links of different scopes, courses, exams and attempts differ."""
    vendor = bench.fresh_vendor()
    base = made_up(bench)
    exam, attempt = base.exam, base.attempt
    asked = DashboardRequest(
        scope=DashboardScope.ATTEMPT, course_id=COURSE, viewer=VIEWER, exam=exam, attempt=attempt
    )
    others = [
        *(replace(asked, scope=scope) for scope in DashboardScope if scope is not asked.scope),
        replace(asked, course_id=f"{COURSE}-2", exam=replace(exam, course_id=f"{COURSE}-2")),
        replace(asked, attempt=replace(attempt, external_id="another-session", code="ANOTHER")),
        replace(
            asked,
            scope=DashboardScope.EXAM,
            attempt=None,
            exam=replace(exam, external_id="another-exam", id=exam.id + 1, content_id="other"),
        ),
    ]
    links = [_signed(vendor, one) for one in (asked, *others)]
    demand(
        len(set(links)) == len(links) or not any(links),
        "dashboards of different scope, course, exam or attempt have one and the same link",
    )


def _signed(vendor: Vendor, request: DashboardRequest) -> str:
    """The link, without what is random in it: asked twice, the part that stays."""
    return _url(vendor.render_dashboard(request=request))


@check(
    "dashboards-safe",
    Tier.SILVER,
    why="A name with a script in it, put into a link, runs in the browser of the course's team.",
    about=_ABOUT,
    unless=_HAS_ONE,
)
def safe(bench: Bench) -> None:
    """Whatever names hold, a link is one http(s) address without anything that ends an attribute
    or a header, and what is shown as text holds no mark-up of theirs."""
    vendor = bench.fresh_vendor()
    viewer = Viewer(id=_EVIL, full_name=_EVIL, email=_EVIL, role="course_team")
    for scope in DashboardScope:
        dashboard = _shown(bench, vendor, scope, viewer, course=f"course{_EVIL}")
        if isinstance(dashboard, DashboardData):
            if "<script" in "".join(dashboard.sections.values()).lower():
                raise Broken(f"the {scope} dashboard's text holds a name's mark-up")
            continue
        url = dashboard.url
        demand(urlsplit(url).scheme in ("http", "https"), f"the {scope} link is no web address")
        demand(not _UNSAFE.search(url), f"the {scope} link holds {_UNSAFE.findall(url)[:3]}")
