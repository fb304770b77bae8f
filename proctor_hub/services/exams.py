"""Exams: created and changed by the LMS, their rules also by the course team (domain §2, §7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import ExamType
from proctor_hub.services import exam_rules
from proctor_hub.services.authorize import Permission, ensure, may
from proctor_hub.services.checks import refuse
from proctor_hub.services.errors import Conflict, Forbidden, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for, exam_for
from proctor_hub.services.paging import Page, after_int, encode, limit_of, page
from proctor_hub.services.partial import UNSET, Unset, given
from proctor_hub.services.transitions import vendor_destination
from proctor_hub.storage import audit
from proctor_hub.storage import courses as course_store
from proctor_hub.storage import exams as store
from proctor_hub.storage.engine import violates
from proctor_hub.storage.exams import Exam
from proctor_hub.vendors.subjects import Capability

RULES = frozenset({"rules", "custom_rules"})
REQUIRED = ("content_id", "name", "exam_type", "time_limit_minutes")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamSettings:
    """What is set on an exam; what is not given keeps its value, or its default when new.

    :param rules: binary rules in the vendor's keys, where its kind of rules is binary.
    :param custom_rules: free text, where its kind of rules is free text.
    """

    content_id: str | Unset = UNSET
    name: str | Unset = UNSET
    exam_type: ExamType | Unset = UNSET
    time_limit_minutes: int | Unset = UNSET
    due_at: datetime | Unset | None = UNSET
    hide_after_due: bool | Unset = UNSET
    is_active: bool | Unset = UNSET
    rules: Mapping[str, bool] | Unset = field(default=UNSET)
    custom_rules: str | Unset = UNSET


def create_exam(hub: Hub, actor: Actor, *, course_id: str, settings: ExamSettings) -> Exam:
    """Create an exam; one for a vendor is pinned to the course's vendor.

    :raises ProctoringOff: the course has no proctoring or no vendor yet.
    :raises ExamTypeNotSupported: not by that vendor. :raises Invalid: fields that make no sense.
    :raises Conflict: the content has an exam already.
    """
    values = given(settings)
    refuse({name: noted("is required") for name in REQUIRED if name not in values})
    exam_rules.ensure_values(values)
    _warm(hub, actor, course_id)

    def unit(conn: sa.Connection) -> Exam:
        # Locked, so that the vendor cannot change between this check and the commit.
        course = course_for(conn, actor, Permission.SET_EXAM, course_id, lock=True)
        now = hub.now()
        vendor = exam_rules.vendor_for(hub, course, values["exam_type"])
        row = {
            "rules": {},
            **values,
            "course_pk": course.id,
            "vendor": vendor,
            "created_at": now,
        }
        exam_rules.ensure_rules(hub, vendor, row["rules"], row.get("custom_rules", ""))
        pk = store.insert(conn, row)
        _after(hub, conn, pk, 1, vendor, now)
        detail = {"exam_type": values["exam_type"], "vendor": vendor}
        audit.record(conn, now, actor, "exam.created", course.id, str(pk), detail)
        return _read(conn, pk)

    try:
        exam = hub.database.write(unit)
    except IntegrityError as error:
        if violates(error, "uq_exams_content_live"):
            raise Conflict(
                told(
                    "The content %(content)s of this course has an exam already; change that one.",
                    content=repr(values["content_id"]),
                ),
                code="exam_exists",
            ) from error
        raise
    hub.wake()
    return exam


def update_exam(hub: Hub, actor: Actor, *, exam_pk: int, settings: ExamSettings) -> Exam:
    """Change an exam; the course team may change its rules only.

    :raises ExamTypeFixed: the type would change although an attempt exists.
    :raises Conflict: the exam was retired by a migration. :raises Forbidden: domain §2.
    """
    values = given(settings)
    exam_rules.ensure_values(values)
    with hub.database.read() as conn:
        seen = exam_for(conn, actor, Permission.SEE_COURSE, exam_pk)
    _warm(hub, actor, seen.course_id)

    def unit(conn: sa.Connection) -> Exam:
        # Course before exam, always: the order in which a migration locks them.
        course = course_store.by_id(conn, seen.course_pk, lock=True)
        before = exam_for(conn, actor, Permission.SEE_COURSE, exam_pk, lock=True)
        changes = {k: v for k, v in values.items() if v != getattr(before, k)}
        _ensure_entitled(conn, actor, before, values)
        if before.retired_at is not None or course is None:
            raise Conflict(
                told("Exam %(exam_pk)s was retired by a vendor migration.", exam_pk=exam_pk),
                code="exam_retired",
            )
        if not changes:
            return before
        now = hub.now()
        vendor = exam_rules.after_type_change(hub, conn, course, before, changes)
        if vendor != before.vendor:
            changes["vendor"], changes["external_id"] = vendor, None
        rules = changes.get("rules", before.rules)
        custom = changes.get("custom_rules", before.custom_rules)
        if changes.keys() & {*RULES, "exam_type"}:
            exam_rules.ensure_rules(hub, vendor, rules, custom)
        store.update(conn, before, changes)
        _after(hub, conn, before.id, before.version + 1, vendor, now)
        detail = {"changed": sorted(changes)}
        audit.record(conn, now, actor, "exam.changed", before.course_pk, str(before.id), detail)
        return _read(conn, before.id)

    try:
        exam = hub.database.write(unit)
    except IntegrityError as error:
        if violates(error, "uq_exams_content_live"):
            raise Conflict(
                told(
                    "The content %(content)s of this course has an exam already.",
                    content=repr(values["content_id"]),
                ),
                code="exam_exists",
            ) from error
        raise
    hub.wake()
    return exam


def get_exam(hub: Hub, actor: Actor, *, exam_pk: int) -> Exam:
    """An exam by its integer id. :raises NotFound: none, or not the actor's to see."""
    with hub.database.read() as conn:
        return exam_for(conn, actor, Permission.SEE_COURSE, exam_pk)


def get_by_content(hub: Hub, actor: Actor, *, course_id: str, content_id: str) -> Exam:
    """The exam of a content in a course. :raises NotFound: none, or not the actor's to see."""
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_COURSE, course_id)
        if exam_rules.text_problem(content_id) is None:
            found = store.by_content(conn, course.id, content_id)
            if found is not None:
                return found
    raise NotFound("exam", content_id)


def list_exams(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str,
    retired: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Exam]:
    """The exams of a course; ``retired``: those too that a migration replaced or dropped."""
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_COURSE, course_id)
        found = store.page(conn, course.id, after=after, count=count + 1, retired=retired)
    return page(found, count, lambda exam: [exam.id])


def find_exams(
    hub: Hub,
    actor: Actor,
    *,
    course_id: str,
    name: str,
    retired: bool = False,
    cursor: str | None = None,
    limit: int | None = None,
) -> Page[Exam]:
    """The exams of a course with ``name`` in their names, in any case; empty: all of them.

    A page may be short, even empty, where many were looked through: its cursor goes on.
    """
    count, after = limit_of(hub, limit), after_int(cursor)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_COURSE, course_id)
        found, onward = store.named(
            conn, course.id, name, after=after, count=count, retired=retired
        )
    return Page(items=tuple(found), next_cursor=None if onward is None else encode([onward]))


def _warm(hub: Hub, actor: Actor, course_id: str) -> None:
    """Ask for the rules the vendor offers before the transaction: no vendor call within one."""
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_COURSE, course_id)
    if course.vendor is not None and course.vendor in hub.vendors.vendors:
        exam_rules.warm(hub, course.vendor)


def _ensure_entitled(
    conn: sa.Connection, actor: Actor, exam: Exam, values: Mapping[str, Any]
) -> None:
    if may(conn, actor, Permission.SET_EXAM, exam.course_pk):
        return
    ensure(conn, actor, Permission.SET_EXAM_RULES, exam.course_pk)
    if values.keys() - RULES:
        raise Forbidden(
            noted("The course team changes an exam's rules only; the LMS changes the rest.")
        )


def _after(
    hub: Hub, conn: sa.Connection, pk: int, version: int, vendor: str | None, now: datetime
) -> None:
    """The vendor is to know the exam as it is now, where it keeps exams."""
    if vendor is None:
        return
    known = hub.vendors.vendors.get(vendor)
    # A broken vendor may keep exams: the notice waits until it is mended.
    if known is None or known.can(Capability.EXAM_SYNC):
        store.put_sync_notice(
            conn, exam_pk=pk, version=version, destination=vendor_destination(vendor), now=now
        )


def _read(conn: sa.Connection, pk: int) -> Exam:
    found = store.by_id(conn, pk)
    if found is None:
        raise LookupError(f"exam {pk} vanished; exams are never deleted")
    return found
