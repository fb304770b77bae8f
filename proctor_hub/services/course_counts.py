"""What a course's first page counts: attempts by status, and what needs its team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from proctor_hub.domain.words import AttemptStatus, ReviewOwner
from proctor_hub.services.authorize import Permission
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.storage import attempt_counts as store

MOST = 5_000
"""Attempts of one status are counted exactly up to here."""

MOST_WAITING = 1_000
"""Second reviews and flagged ones are: of each of those the row is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many there are; ``over``: more than this, nobody counted on."""

    number: int
    over: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseCounts:
    """Live attempts of a course.

    :param statuses: every status, also those that none has. :param waiting: second reviews by
        whose they are. :param escalated: those of the course team that support escalated.
        :param errors: attempts in error, which the course team decides. :param flagged: those with
        a review that was stored and moved nothing.
    """

    statuses: Mapping[AttemptStatus, Counted]
    waiting: Mapping[ReviewOwner, Counted]
    escalated: Counted
    errors: Counted
    flagged: Counted


def course_counts(hub: Hub, actor: Actor, course_id: str) -> CourseCounts:
    """The counts of a course, for who may see its attempts; its cost does not grow with it.

    :raises NotFound: no such course, or not the caller's to see.
    """
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_ATTEMPTS, course_id)
        statuses = store.by_status(conn, course.id, MOST + 1)
        queued = {
            owner: store.queued(conn, course.id, owner, MOST_WAITING + 1) for owner in ReviewOwner
        }
        looked_at, flagged = store.flagged(conn, course.id, MOST_WAITING + 1)
    by_status = {status: _counted(number, MOST) for status, number in statuses.items()}
    _, escalated = queued[ReviewOwner.COURSE_TEAM]
    return CourseCounts(
        statuses=by_status,
        waiting={owner: _counted(number, MOST_WAITING) for owner, (number, _) in queued.items()},
        escalated=_counted(escalated, MOST_WAITING),
        errors=by_status[AttemptStatus.ERROR],
        flagged=Counted(number=flagged, over=looked_at > MOST_WAITING),
    )


def _counted(number: int, most: int) -> Counted:
    return Counted(number=min(number, most), over=number > most)
