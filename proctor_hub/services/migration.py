"""Moving a course to another vendor, first as a dry run (domain §7's ruling).

The affected exams are retired and re-created with the new vendor. Unstarted attempts are archived;
running ones finish with the vendor they began with; whoever finished a retired exam is not offered
the new one (``storage.creation.has_taken``, checked when an attempt is created). No event
goes to the LMS: §9 has none for it, and nothing of the learner's is undone.
"""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.domain.moves import Cause
from proctor_hub.domain.told import noted
from proctor_hub.services.authorize import Permission
from proctor_hub.services.errors import Conflict
from proctor_hub.services.exam_rules import warm
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.services.migration_plan import (
    ExamEffect,
    MigrationPlan,
    affected_exams,
    make_plan,
    mapped_rules,
    proctored,
)
from proctor_hub.services.paging import Page, after_int, limit_of, page
from proctor_hub.services.transitions import Transition, vendor_destination
from proctor_hub.services.vendors import known_rules, usable_vendor
from proctor_hub.storage import allowances, audit, courses, exams, migration, onboarding
from proctor_hub.storage.exams import Exam
from proctor_hub.storage.onboarding import PanelRow
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.subjects import Capability

__all__ = ["execute", "learners_to_onboard", "plan"]


def plan(hub: Hub, actor: Actor, *, course_id: str, new_vendor: str) -> MigrationPlan:
    """What the migration would do; changes nothing. Asks the new vendor for its rules.

    :raises NotFound: course or vendor. :raises Conflict: the vendor is broken, or the same.
    :raises ExamTypeNotSupported: :raises InvalidExam: :raises VendorDown: see ``make_plan``.
    """
    vendor = _prepared(hub, actor, course_id, new_vendor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.MIGRATE, course_id)
        return make_plan(hub, conn, course, affected_exams(conn, course, new_vendor), vendor)


def learners_to_onboard(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str,
    new_vendor: str,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[PanelRow]:
    """The learners of the plan who need onboarding with the new vendor; none where it has none."""
    count, after = limit_of(hub, limit), after_int(cursor)
    vendor = usable_vendor(hub, new_vendor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.MIGRATE, course_id)
        wanted = proctored(affected_exams(conn, course, new_vendor))
        if not vendor.can(Capability.ONBOARDING) or not wanted:
            return Page(items=())
        found = onboarding.without_profile(
            conn,
            course.id,
            new_vendor,
            hub.now(),
            exam_pks=wanted,
            after=after,
            count=count + 1,
        )
    return page(found, count, lambda row: [row.person_pk])


def execute(
    hub: Hub, actor: Actor, *, course_id: str, new_vendor: str, digest: str
) -> MigrationPlan:
    """Do what the plan with this digest says, in one transaction; returns it.

    :raises Conflict: the plan is another by now; nothing was changed. :raises: as :func:`plan`.
    """
    vendor = _prepared(hub, actor, course_id, new_vendor)

    def unit(conn: sa.Connection) -> MigrationPlan:
        course = course_for(conn, actor, Permission.MIGRATE, course_id, lock=True)
        affected = affected_exams(conn, course, new_vendor, lock=True)
        migration.lock_attempts(conn, [exam.id for exam in affected])
        found = make_plan(hub, conn, course, affected, vendor)
        if found.digest != digest:
            raise Conflict(
                noted(
                    "The course has changed since the dry run; nothing was done. Make a new plan."
                ),
                code="plan_changed",
            )
        now = hub.now()
        for exam, effect in zip(affected, found.exams, strict=True):
            _archive(hub, conn, actor, exam)
            migration.retire(conn, exam, now)
            _replace(hub, conn, exam, effect, vendor)
        courses.update(conn, course, {"vendor": new_vendor})
        detail = {
            "from": course.vendor,
            "to": new_vendor,
            "exams": [effect.exam_pk for effect in found.exams],
            "archived": sum(len(effect.archived) for effect in found.exams),
            "digest": digest,
        }
        audit.record(conn, now, actor, "course.migrated", course.id, course_id, detail)
        return found

    done = hub.database.write(unit)
    hub.wake()
    return done


def _prepared(hub: Hub, actor: Actor, course_id: str, new_vendor: str) -> Vendor:
    """The vendor, its rules known: it is asked outside the transaction, and only for operators."""
    with hub.database.read() as conn:
        course_for(conn, actor, Permission.MIGRATE, course_id)
    vendor = usable_vendor(hub, new_vendor)
    warm(hub, new_vendor)
    return vendor


_CHANGED = noted("the course changed to another vendor")


def _archive(hub: Hub, conn: sa.Connection, actor: Actor, exam: Exam) -> None:
    for record in migration.unstarted(conn, exam.id):
        tr = Transition(hub, conn, record, actor=actor)
        tr.note(Cause.STAFF, f"archived: {_CHANGED}")
        tr.set(live=False)
        if record.external_id is not None and _can_remove(hub, record.vendor):
            tr.notify_vendor("session_removed")
        tr.save()


def _can_remove(hub: Hub, slug: str | None) -> bool:
    known = hub.vendors.vendors.get(slug or "")
    # A broken vendor may have the call: the notice waits until it is mended.
    return known is None or known.can(Capability.SESSION_REMOVAL)


def _replace(hub: Hub, conn: sa.Connection, exam: Exam, effect: ExamEffect, vendor: Vendor) -> None:
    if effect.new_type is None:
        return
    now = hub.now()
    pk = migration.recreate(
        conn,
        exam,
        vendor=vendor.slug,
        exam_type=effect.new_type,
        rules=mapped_rules(exam, vendor, known_rules(hub, vendor.slug)),
        custom_rules="" if effect.custom_rules_lost else exam.custom_rules,
        now=now,
    )
    allowances.copy(conn, exam.id, pk)
    if vendor.can(Capability.EXAM_SYNC):
        destination = vendor_destination(vendor.slug)
        exams.put_sync_notice(conn, exam_pk=pk, version=1, destination=destination, now=now)
