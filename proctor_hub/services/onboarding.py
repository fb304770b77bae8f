"""Onboarding profiles: what vendors tell of them, the course team's panel, a learner's own (§6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from proctor_hub.domain.onboarding import APPROVED, effective_status, expiry, may_retry
from proctor_hub.domain.told import noted, sentence_of, told
from proctor_hub.domain.words import OnboardingStatus
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.authorize import Permission, may_see_course
from proctor_hub.services.checks import refuse, storable, text_problem
from proctor_hub.services.errors import Conflict, NotFound, VendorDown
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for, person_for
from proctor_hub.services.paging import Page, after_int, limit_of, page
from proctor_hub.services.vendors import usable_vendor
from proctor_hub.storage import courses, people
from proctor_hub.storage import onboarding as store
from proctor_hub.storage.courses import Course
from proctor_hub.storage.onboarding import EVERYBODY, PanelFilter, PanelRow
from proctor_hub.storage.people import Person
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import OnboardingPage, OnboardingProfile, OnboardingQuery
from proctor_hub.vendors.subjects import Capability, VendorDescription

PAGES_MAX = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerProfile:
    """A learner's onboarding with the course's vendor, as of now.

    :param required: False where the vendor has no onboarding; the rest then says nothing.
    :param may_retry: the learner may begin it again alone.
    """

    required: bool
    status: OnboardingStatus
    expires_at: datetime | None
    may_retry: bool


def apply_onboarding_change(
    conn: sa.Connection,
    vendor: str,
    pseudonym: str,
    status: OnboardingStatus,
    expires_at: datetime | None,
    now: datetime,
    description: VendorDescription,
) -> bool:
    """Store what the vendor says of a learner's profile; False where nobody has the pseudonym.

    A repeated approval does not extend the one before: the period runs from the first. The
    vendor's own expiry date wins (domain §6).
    """
    person_pk = people.person_of(conn, vendor, pseudonym)
    if person_pk is None:
        return False
    before = store.profile(conn, person_pk, vendor, lock=True)
    approved_at, until = None, expires_at
    if status in APPROVED:
        # One that ran out by the clock is still the same approval; one the vendor ended is not.
        repeated = before is not None and (
            before.status in APPROVED
            or (before.status is OnboardingStatus.EXPIRED and before.approved_at is not None)
        )
        approved_at = (before.approved_at if before and repeated else None) or now
        until = expiry(approved_at, expires_at, description.onboarding_validity)
        if before is not None and repeated and expires_at is None and before.expires_at is not None:
            until = before.expires_at
    store.store(
        conn,
        person_pk,
        vendor,
        status=status,
        approved_at=approved_at,
        expires_at=until,
        now=now,
    )
    return True


def panel(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str,
    only: PanelFilter = EVERYBODY,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[PanelRow]:
    """The onboarding of a course's verified learners with its vendor, for the course team.

    :raises Conflict: the course's vendor has no onboarding.
    """
    refuse(
        {
            name: problem
            for name, value in (("username", only.username), ("email", only.email))
            if (problem := text_problem(value))
        }
    )
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_ONBOARDING, course_id)
        slug = _onboarding_vendor(hub, course).slug
        found = store.panel(
            conn, course.id, slug, hub.now(), only=only, after=after, count=count + 1
        )
    return page(found, count, lambda row: [row.person_pk])


def own_profile(
    hub: Hub, actor: Actor, *, course_id: str, user_id: str | None = None
) -> LearnerProfile:
    """A learner's onboarding in a course: the actor's own, or ``user_id``'s.

    :raises Invalid: a machine asks without saying whose.
    :raises NotFound: course or learner, or not the actor's to see. :raises Forbidden: domain §2.
    """
    if user_id is None and actor.person_pk is None:
        refuse({"user_id": noted("is required: say whose onboarding")})
    with hub.database.read() as conn:
        course, person = _learner(conn, actor, course_id, user_id or actor.id)
        vendor = None if course.vendor is None else usable_vendor(hub, course.vendor)
        if vendor is None or not vendor.can(Capability.ONBOARDING):
            return _NOT_REQUIRED
        found = store.profile(conn, person.id, vendor.slug)
    stored = found.status if found else OnboardingStatus.NOT_STARTED
    expires_at = found.expires_at if found else None
    status = effective_status(stored, expires_at, hub.now())
    return LearnerProfile(
        required=True, status=status, expires_at=expires_at, may_retry=may_retry(status)
    )


def refresh(hub: Hub, actor: Actor, *, course_id: str, user_id: str | None = None) -> int:
    """Ask the vendor for one learner's profile, or all of the course; returns how many it told.

    :raises Conflict: the vendor has no onboarding. :raises VendorDown: it does not answer; what
        is stored holds on.
    """

    def prepare(conn: sa.Connection) -> tuple[Vendor, str | None]:
        if user_id is None:
            course = course_for(conn, actor, Permission.SEE_ONBOARDING, course_id)
            return _onboarding_vendor(hub, course), None
        course, person = _learner(conn, actor, course_id, user_id)
        vendor = _onboarding_vendor(hub, course)
        return vendor, people.pseudonym_for(conn, person.id, vendor.slug)

    vendor, pseudonym = hub.database.write(prepare)
    cursor, stored = None, 0
    for _ in range(PAGES_MAX):
        answer = _ask(vendor, course_id, pseudonym, cursor)
        stored += hub.database.write(partial(_store, hub, vendor, answer.profiles))
        cursor = answer.next_cursor
        if cursor is None:
            return stored
    raise VendorDown(
        told(
            "The vendor %(slug)s does not come to the end of its onboarding list.", slug=vendor.slug
        )
    )


def _ask(
    vendor: Vendor, course_id: str, pseudonym: str | None, cursor: str | None
) -> OnboardingPage:
    query = OnboardingQuery(course_id=course_id, pseudonym=pseudonym, cursor=cursor)
    try:
        return vendor.onboarding_status(query=query)
    except (VendorError, PluginError) as error:
        raise VendorDown(
            told(
                "The vendor %(slug)s did not tell the onboarding status: %(error)s",
                slug=vendor.slug,
                error=sentence_of(error),
            )
        ) from error


def _store(
    hub: Hub, vendor: Vendor, profiles: Sequence[OnboardingProfile], conn: sa.Connection
) -> int:
    return sum(
        apply_onboarding_change(
            conn,
            vendor.slug,
            profile.pseudonym,
            profile.status,
            profile.expires_at,
            hub.now(),
            vendor.description,
        )
        for profile in sorted(profiles, key=lambda one: one.pseudonym)
    )


def _learner(
    conn: sa.Connection, actor: Actor, course_id: str, user_id: str
) -> tuple[Course, Person]:
    """The course and the learner: the actor themselves, or whose profile they may see."""
    own = None if actor.person_pk is None else people.by_id(conn, actor.person_pk)
    if own is not None and own.user_id == user_id and storable(course_id):
        course = courses.by_course_id(conn, course_id)
        if course is None or not may_see_course(conn, actor, course.id):
            raise NotFound("course", course_id)
        return course, own
    course = course_for(conn, actor, Permission.SEE_ONBOARDING, course_id)
    person = person_for(conn, user_id)
    if people.track_of(conn, course.id, person.id) is None:
        raise NotFound("learner", user_id)
    return course, person


def _onboarding_vendor(hub: Hub, course: Course) -> Vendor:
    vendor = None if course.vendor is None else usable_vendor(hub, course.vendor)
    if vendor is None or not vendor.can(Capability.ONBOARDING):
        raise Conflict(noted("This course's vendor has no onboarding."), code="no_onboarding")
    return vendor


_NOT_REQUIRED = LearnerProfile(
    required=False, status=OnboardingStatus.NOT_STARTED, expires_at=None, may_retry=False
)
