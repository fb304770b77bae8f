"""The vendor's dashboards: for how long, of what, and safe to open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from proctor_hub.errors import VendorError
from proctor_hub.testing.kit.bench import Bench, Clock
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import able
from proctor_hub.testing.kit.links import steady_pieces
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


def _asked(bench: Bench) -> list[DashboardRequest]:
    """Each scope, each about subjects of its own where it is about some: what no two links share.

    The last ones differ from others in a single thing.
    """
    subject, others = made_up(bench), made_up(bench)
    exam, attempt = subject.exam, subject.attempt
    whole = DashboardRequest(
        scope=DashboardScope.ATTEMPT, course_id=COURSE, viewer=VIEWER, exam=exam, attempt=attempt
    )
    of_exam = replace(whole, scope=DashboardScope.EXAM, attempt=None)
    of_course = replace(of_exam, scope=DashboardScope.COURSE, exam=None)
    another = replace(others.exam, external_id="another-exam", course_id=exam.course_id)
    return [
        whole,
        of_exam,
        of_course,
        replace(of_course, scope=DashboardScope.CONFIGURATION),
        replace(of_course, course_id=f"{COURSE}-2"),
        replace(of_exam, exam=another),
        replace(whole, attempt=replace(others.attempt, external_id="another-session")),
    ]


def _link(vendor: Vendor, request: DashboardRequest) -> str:
    """The dashboard's address; empty where the vendor has none."""
    dashboard = vendor.render_dashboard(request=request)
    return "" if isinstance(dashboard, DashboardData) else dashboard.url


@contextmanager
def _stopped(bench: Bench) -> Iterator[Clock]:
    """While the clock stands, so that time makes no difference between two links."""
    bench.clock.stopped_at = bench.clock()
    try:
        yield bench.clock
    finally:
        bench.clock.stopped_at = None


@check(
    "dashboards-expire",
    Tier.SILVER,
    why="A link that is passed on must be worth nothing an hour later: it shows learners' videos.",
    about=_ABOUT,
    unless=_HAS_ONE,
)
def expire(bench: Bench) -> None:
    """An embedded dashboard's link ends within the hour, the host is told when, and the link itself
    says so: one made later says something else."""
    vendor = bench.fresh_vendor()
    with _stopped(bench) as clock:
        for request in _asked(bench):
            clock.ahead = timedelta(0)
            dashboard = vendor.render_dashboard(request=request)
            if not isinstance(dashboard, DashboardEmbed):
                continue
            demand(
                clock() < dashboard.expires_at <= clock() + _LONGEST,
                f"the {request.scope} dashboard's link ends at {dashboard.expires_at}, not within "
                "an hour",
            )
            now = steady_pieces(lambda: _link(vendor, request))  # noqa: B023 - called at once
            clock.ahead = _LONGEST * 2
            later = steady_pieces(lambda: _link(vendor, request))  # noqa: B023 - called at once
            demand(
                now != later,
                f"the {request.scope} dashboard's link is the same two hours later: nothing that "
                "can be read in it says when it ends, so it never does",
            )


@check(
    "dashboards-scoped",
    Tier.SILVER,
    why="A link that opens more than was asked for shows one course's learners to another's team.",
    about=_ABOUT,
    unless=_HAS_ONE,
)
def scoped(bench: Bench) -> None:
    """Every scope is answered; links of different scopes, courses, exams and attempts, made at the
    same moment, differ in what they open and not only in what is random in them."""
    vendor = bench.fresh_vendor()
    with _stopped(bench):
        opens: dict[frozenset[tuple[str, str]], DashboardRequest] = {}
        for request in _asked(bench):
            if not _link(vendor, request):
                continue
            pieces = steady_pieces(lambda: _link(vendor, request))  # noqa: B023 - called at once
            before = opens.setdefault(frozenset(pieces.items()), request)
            demand(
                before is request,
                f"the {request.scope} dashboard of {_subject(request)} has a link that, as far as "
                "it can be read, opens the same as the "
                f"{before.scope} dashboard of {_subject(before)}",
            )


def _subject(request: DashboardRequest) -> str:
    attempt = request.attempt and request.attempt.external_id
    exam = request.exam and request.exam.external_id
    return attempt or exam or request.course_id


@check(
    "dashboards-safe",
    Tier.SILVER,
    why="A name or id with a script in it runs in the browser of the course's team.",
    about=_ABOUT,
    unless=_HAS_ONE,
)
def safe(bench: Bench) -> None:
    """Whatever names and the vendor's own ids hold, a link is one http(s) address without anything
    that ends an attribute or a header, and what is shown as text holds no mark-up of theirs."""
    vendor = bench.fresh_vendor()
    viewer = Viewer(id=_EVIL, full_name=_EVIL, email=_EVIL, role="course_team")
    for request in _asked(bench):
        named = replace(request, viewer=viewer, course_id=f"course{_EVIL}")
        _demand_safe(vendor.render_dashboard(request=named), request.scope)
        with suppress(VendorError):  # an id that no vendor gives may be refused
            _demand_safe(vendor.render_dashboard(request=_from_evil(request)), request.scope)


def _from_evil(request: DashboardRequest) -> DashboardRequest:
    """With ids as a hostile vendor gave them."""
    return replace(
        request,
        exam=request.exam and replace(request.exam, external_id=_EVIL),
        attempt=request.attempt and replace(request.attempt, external_id=_EVIL),
    )


def _demand_safe(dashboard: Dashboard, scope: DashboardScope) -> None:
    if isinstance(dashboard, DashboardData):
        texts = "".join((*dashboard.sections, *dashboard.sections.values())).lower()
        demand("<script" not in texts, f"the {scope} dashboard's text holds mark-up of a name")
        return
    url = dashboard.url
    demand(urlsplit(url).scheme in ("http", "https"), f"the {scope} link is no web address")
    demand(not _UNSAFE.search(url), f"the {scope} link holds {_UNSAFE.findall(url)[:3]}")
