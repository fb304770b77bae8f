"""Queries on onboarding profiles: one learner's, and the panel of a course (domain §6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam

from proctor_hub.domain.onboarding import APPROVED
from proctor_hub.domain.words import UNSTARTED, OnboardingStatus, Track
from proctor_hub.storage.tables import attempts, enrolments, people
from proctor_hub.storage.tables import onboarding_profiles as profiles
from proctor_hub.storage.upsert import upsert


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A stored profile; ``status`` as it was last told, whatever the date."""

    status: OnboardingStatus
    approved_at: datetime | None
    expires_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelRow:
    """A learner of a course in the onboarding panel; ``status`` as of the time asked for."""

    person_pk: int
    user_id: str
    username: str
    email: str
    track: Track
    status: OnboardingStatus
    expires_at: datetime | None
    updated_at: datetime | None


_ONE = sa.select(
    profiles.c.status, profiles.c.approved_at, profiles.c.expires_at, profiles.c.updated_at
).where(profiles.c.person_pk == bindparam("person_pk"), profiles.c.vendor == bindparam("vendor"))
_LOCKED = _ONE.with_for_update()


def profile(
    conn: sa.Connection, person_pk: int, vendor: str, *, lock: bool = False
) -> Profile | None:
    """The learner's profile with a vendor; None: nothing was ever told of it."""
    values = {"person_pk": person_pk, "vendor": vendor}
    row = conn.execute(_LOCKED if lock else _ONE, values).first()
    if row is None:
        return None
    return Profile(**{**row._mapping, "status": OnboardingStatus(row.status)})


def store(
    conn: sa.Connection,
    person_pk: int,
    vendor: str,
    *,
    status: OnboardingStatus,
    approved_at: datetime | None,
    expires_at: datetime | None,
    now: datetime,
) -> None:
    """Store the profile as it is now."""
    row = {
        "person_pk": person_pk,
        "vendor": vendor,
        "status": status,
        "approved_at": approved_at,
        "expires_at": expires_at,
        "updated_at": now,
    }
    upsert(conn, profiles, [row], keys=("person_pk", "vendor"))


def expire(conn: sa.Connection, *, now: datetime, count: int) -> int:
    """Approved profiles that ran out become ``expired``, at most ``count``; how many did.

    When they were approved and until when stays, so that a repeated approval extends nothing.
    """
    late = (
        sa.select(profiles.c.person_pk, profiles.c.vendor)
        .where(_approved, profiles.c.expires_at <= now)
        .order_by(profiles.c.expires_at)
        .limit(count)
    )
    key = sa.tuple_(profiles.c.person_pk, profiles.c.vendor)
    # Asked again as it is written: a profile may just have been approved anew.
    still = (_approved, profiles.c.expires_at <= now)
    change = profiles.update().where(key.in_(late), *still)
    return conn.execute(change.values(status=OnboardingStatus.EXPIRED, updated_at=now)).rowcount


# Spelt out, so that the database sees that the partial index answers.
_approved = profiles.c.status.in_(
    [sa.literal_column("'verified'"), sa.literal_column("'other_course_approved'")]
)
_NOW = bindparam("now", type_=profiles.c.expires_at.type)
_EFFECTIVE = sa.case(
    (
        profiles.c.status.in_(sorted(APPROVED)) & (profiles.c.expires_at <= _NOW),
        sa.literal(OnboardingStatus.EXPIRED.value),
    ),
    else_=sa.func.coalesce(profiles.c.status, OnboardingStatus.NOT_STARTED.value),
)
_LEARNERS = (enrolments.join(people, people.c.id == enrolments.c.person_pk)).outerjoin(
    profiles,
    (profiles.c.person_pk == enrolments.c.person_pk) & (profiles.c.vendor == bindparam("vendor")),
)
_PANEL = (
    sa.select(
        people.c.id.label("person_pk"),
        people.c.user_id,
        people.c.username,
        people.c.email,
        enrolments.c.track,
        _EFFECTIVE.label("status"),
        profiles.c.expires_at,
        profiles.c.updated_at,
    )
    .select_from(_LEARNERS)
    .where(
        enrolments.c.course_pk == bindparam("course_pk"),
        enrolments.c.person_pk > bindparam("after"),
        enrolments.c.track == Track.VERIFIED,
        people.c.retired_at.is_(None),
    )
    .order_by(enrolments.c.person_pk)
    .limit(bindparam("count"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelFilter:
    """Which learners: part of the username or e-mail in any case, and the effective status."""

    username: str = ""
    email: str = ""
    status: OnboardingStatus | None = None


EVERYBODY = PanelFilter()


def panel(
    conn: sa.Connection,
    course_pk: int,
    vendor: str,
    now: datetime,
    *,
    only: PanelFilter = EVERYBODY,
    after: int,
    count: int,
) -> list[PanelRow]:
    """The learners of a course who may need onboarding (verified track), by key."""
    query = _PANEL
    if only.username:
        query = query.where(people.c.username.icontains(only.username, autoescape=True))
    if only.email:
        query = query.where(people.c.email.icontains(only.email, autoescape=True))
    if only.status is not None:
        query = query.where(_EFFECTIVE.in_([only.status.value]))
    rows = conn.execute(query, _values(course_pk, vendor, now, after, count))
    return [_panel_row(row) for row in rows]


def _values(
    course_pk: int, vendor: str, now: datetime, after: int = 0, count: int = 0
) -> dict[str, Any]:
    return {"course_pk": course_pk, "vendor": vendor, "now": now, "after": after, "count": count}


def _panel_row(row: Any) -> PanelRow:
    values = dict(row._mapping)
    values["track"] = Track(values["track"])
    values["status"] = OnboardingStatus(values["status"])
    return PanelRow(**values)


_FIRST = (
    sa.select(enrolments.c.person_pk, enrolments.c.track)
    .where(enrolments.c.course_pk == bindparam("course_pk"))
    .order_by(enrolments.c.person_pk)
    .limit(bindparam("most"))
    .subquery()
)
_EACH = (
    sa.select(_EFFECTIVE.label("status"))
    .select_from(
        _FIRST.join(people, people.c.id == _FIRST.c.person_pk).outerjoin(
            profiles,
            (profiles.c.person_pk == _FIRST.c.person_pk)
            & (profiles.c.vendor == bindparam("vendor")),
        )
    )
    .where(_FIRST.c.track == Track.VERIFIED, people.c.retired_at.is_(None))
    .subquery()
)
_STANDING = sa.select(_EACH.c.status, sa.func.count().label("counted")).group_by(_EACH.c.status)
_ENROLLED = sa.select(sa.func.count()).select_from(_FIRST)


def standing(
    conn: sa.Connection, course_pk: int, vendor: str, now: datetime, *, most: int
) -> tuple[dict[OnboardingStatus, int], int]:
    """How many verified learners stand where, among the first ``most`` enrolled; how many those
    are.
    """
    values = {"course_pk": course_pk, "vendor": vendor, "now": now, "most": most}
    found = {OnboardingStatus(row.status): row.counted for row in conn.execute(_STANDING, values)}
    looked_at = conn.execute(_ENROLLED, {"course_pk": course_pk, "most": most}).scalar_one()
    return found, int(looked_at)


_kept = (
    sa.select(sa.func.count())
    .where(
        attempts.c.person_pk == people.c.id,
        attempts.c.exam_pk.in_(bindparam("exam_pks", expanding=True)),
        attempts.c.live,
        attempts.c.status.not_in(sorted(UNSTARTED)),
    )
    .correlate(people)
    .scalar_subquery()
)
_WITHOUT = _PANEL.where(
    _EFFECTIVE.not_in(sorted(APPROVED)), _kept < bindparam("exam_count", type_=sa.Integer)
)
_WITHOUT_COUNT = _WITHOUT.with_only_columns(sa.func.count()).order_by(None).limit(None)


def without_profile(
    conn: sa.Connection,
    course_pk: int,
    vendor: str,
    now: datetime,
    *,
    exam_pks: Sequence[int],
    after: int,
    count: int,
) -> list[PanelRow]:
    """Learners without a valid profile who are not done with every one of ``exam_pks`` yet."""
    values = {
        **_values(course_pk, vendor, now, after, count),
        "exam_pks": list(exam_pks),
        "exam_count": len(exam_pks),
    }
    return [_panel_row(row) for row in conn.execute(_WITHOUT, values)]


def count_without_profile(
    conn: sa.Connection, course_pk: int, vendor: str, now: datetime, *, exam_pks: Sequence[int]
) -> int:
    """How many learners :func:`without_profile` lists in all."""
    values = {
        **_values(course_pk, vendor, now),
        "exam_pks": list(exam_pks),
        "exam_count": len(exam_pks),
    }
    del values["count"]
    return int(conn.execute(_WITHOUT_COUNT, values).scalar_one())
