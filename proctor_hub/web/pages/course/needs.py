"""The cards of a course's first page: what needs its team or support, and where that is done."""

from __future__ import annotations

from dataclasses import dataclass

from proctor_hub.domain.words import AttemptStatus, OnboardingStatus, ReviewOwner, Role
from proctor_hub.services.authorize import Permission, permissions_in, roles_in
from proctor_hub.services.course_counts import Counted, CourseCounts
from proctor_hub.services.course_needs import onboarding_gaps, undelivered
from proctor_hub.storage.courses import Course
from proctor_hub.web.pages import words
from proctor_hub.web.pages.navigation import course_path
from proctor_hub.web.pages.paging import address
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import Visit

_NAMED = 5
"""Attempts with something undelivered that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One card: how many of what, and links to them; ``detail`` says what it means."""

    number: str
    label: str
    href: str
    detail: str = ""
    links: tuple[tuple[str, str], ...] = ()


def needs(visit: Visit, course: Course, counts: CourseCounts) -> list[Need]:
    """What there is to do for this visitor; a card for each thing that there is."""
    with visit.hub.database.read() as conn:
        roles = roles_in(conn, visit.actor, course.id)
        allowed = permissions_in(conn, visit.actor, course.id)
    found = []
    if Role.COURSE_TEAM in roles:
        found += _of_team(course, counts)
    if Role.SUPPORT in roles and counts.waiting[ReviewOwner.SUPPORT].number:
        found.append(
            Need(
                number=shown(counts.waiting[ReviewOwner.SUPPORT]),
                label=noted("Second reviews that wait for support"),
                href=address("/support", course_id=course.course_id),
            )
        )
    if counts.flagged.number:
        found.append(
            Need(
                number=shown(counts.flagged),
                label=noted("Attempts flagged for a look"),
                href=address(course_path(course.course_id, "/attempts"), flagged="true"),
                detail=noted("A review came that was stored and changed nothing."),
            )
        )
    if Permission.SEE_ONBOARDING in allowed:
        found += _onboarding(visit, course)
    if Permission.SEE_REVIEWS in allowed:
        found += _undelivered(visit, course)
    return found


def by_status(course: Course, counts: CourseCounts) -> list[tuple[words.Badge, str, str]]:
    """Each status that an attempt has: its badge, how many, and the table of those."""
    path = course_path(course.course_id, "/attempts")
    return [
        (badge, shown(counts.statuses[status]), address(path, status=status))
        for status, badge in words.STATUSES.items()
        if counts.statuses[status].number
    ]


def shown(counted: Counted) -> str:
    """The number, with a plus where nobody counted on."""
    return f"{counted.number}+" if counted.over else str(counted.number)


def _of_team(course: Course, counts: CourseCounts) -> list[Need]:
    waiting, path = counts.waiting[ReviewOwner.COURSE_TEAM], course_path(course.course_id)
    found = []
    if waiting.number:
        found.append(
            Need(
                number=shown(waiting),
                label=noted("Second reviews that wait for you"),
                href=f"{path}/second-reviews",
            )
        )
    if counts.escalated.number:
        found.append(
            Need(
                number=shown(counts.escalated),
                label=noted("Of these, escalated by support"),
                href=f"{path}/second-reviews",
                detail=noted("Support could not tell and left a note for you."),
            )
        )
    if counts.errors.number:
        found.append(
            Need(
                number=shown(counts.errors),
                label=noted("Attempts in error"),
                href=address(f"{path}/attempts", status=AttemptStatus.ERROR),
                detail=noted("Pass, fail, resume or reset each."),
            )
        )
    return found


def _onboarding(visit: Visit, course: Course) -> list[Need]:
    gaps = onboarding_gaps(visit.hub, visit.actor, course.course_id)
    if gaps is None or not gaps.missing:
        return []
    path = course_path(course.course_id, "/onboarding")
    total = Counted(number=sum(gaps.missing.values()), over=gaps.over)
    return [
        Need(
            number=shown(total),
            label=noted("Learners without a valid onboarding"),
            href=path,
            detail=noted("They cannot take the proctored exams to come."),
            links=tuple(
                (
                    f"{visit.say(words.ONBOARDING[status].word)}: {gaps.missing[status]}",
                    address(path, status=status),
                )
                for status in OnboardingStatus
                if status in gaps.missing
            ),
        )
    ]


def _undelivered(visit: Visit, course: Course) -> list[Need]:
    found = undelivered(visit.hub, visit.actor, course.course_id)
    if not found:
        return []
    return [
        Need(
            number=str(len(found)),
            label=noted("Attempts with something undelivered"),
            href="",
            detail=noted(
                "The learning platform, the vendor or the learner was not told; the hub's"
                " operator has it sent again."
            ),
            links=tuple(
                (f"{one.username} · {one.exam_name}", f"/attempts/{one.attempt_code}")
                for one in found[:_NAMED]
            ),
        )
    ]
