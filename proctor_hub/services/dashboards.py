"""The vendor's dashboard in one of its four scopes, for staff that may see it (domain §6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services import lookup
from proctor_hub.services.attempts import vendor_view
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.attempts.vendors import problem_of, vendor_for
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.errors import Conflict, Forbidden, Invalid
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import people
from proctor_hub.storage.exams import Exam as StoredExam
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.rendering import Dashboard, DashboardRequest, DashboardScope
from proctor_hub.vendors.subjects import Exam, Viewer

_NEEDED: Mapping[DashboardScope, Permission] = MappingProxyType(
    {
        DashboardScope.COURSE: Permission.SEE_REVIEWS,
        DashboardScope.EXAM: Permission.SEE_REVIEWS,
        DashboardScope.ATTEMPT: Permission.SEE_REVIEWS,
        DashboardScope.CONFIGURATION: Permission.SET_EXAM_RULES,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    course_pk: int
    course_id: str
    vendor: str | None
    exam: Exam | None = None
    record: AttemptRecord | None = None


def dashboard(
    hub: Hub,
    actor: Actor,
    scope: DashboardScope,
    *,
    course_id: str | None = None,
    exam_pk: int | None = None,
    attempt_code: str | None = None,
    language: str = "en",
) -> Dashboard:
    """What to show: a signed URL to embed, a link, or the host's own sections.

    The course is taken from the stored exam or attempt, never from the caller's word for it.

    :param course_id: for the scopes course and configuration; ``exam_pk`` for exam, and where
        given for configuration; ``attempt_code`` for attempt.
    :param language: of the caller's page (BCP 47).
    :raises Invalid: the scope's subject is missing. :raises NotFound, Forbidden: not the caller's.
    :raises Conflict: the subject has no vendor. :raises VendorRefused: the vendor has no such page.
    """
    with hub.database.read() as conn:
        subject = _subject(conn, actor, scope, course_id, exam_pk, attempt_code)
        viewer = _viewer(conn, actor, subject.course_pk, _NEEDED[scope])
    if subject.vendor is None:
        raise Conflict(noted("there is no vendor, so there is no dashboard"), code="no_vendor")
    vendor = vendor_for(hub, subject.vendor)
    record = subject.record
    request = DashboardRequest(
        scope=scope,
        course_id=subject.course_id,
        viewer=viewer,
        exam=subject.exam,
        attempt=None if record is None else vendor_view.attempt_of(hub, record),
        language=language,
    )
    try:
        return vendor.render_dashboard(request=request)
    except (VendorError, PluginError) as error:
        raise problem_of(error) from error


def _subject(
    conn: sa.Connection,
    actor: Actor,
    scope: DashboardScope,
    course_id: str | None,
    exam_pk: int | None,
    attempt_code: str | None,
) -> _Subject:
    needed = _NEEDED[scope]
    if scope is DashboardScope.ATTEMPT:
        if attempt_code is None:
            raise Invalid(noted("name the attempt"), fields={"attempt_code": noted("required")})
        record = visible(conn, actor, attempt_code)
        hidden = ("attempt", attempt_code)
        ensure(conn, actor, needed, record.course_pk, hidden_as=hidden)
        return _Subject(
            course_pk=record.course_pk,
            course_id=record.course_id,
            vendor=record.vendor,
            exam=vendor_view.exam_of(record),
            record=record,
        )
    if exam_pk is not None:
        return _of_exam(lookup.exam_for(conn, actor, needed, exam_pk))
    if scope is DashboardScope.EXAM or course_id is None:
        missing = "exam_id" if scope is DashboardScope.EXAM else "course_id"
        raise Invalid(
            noted("name what the dashboard is about"), fields={missing: noted("required")}
        )
    course = lookup.course_for(conn, actor, needed, course_id)
    return _Subject(course_pk=course.id, course_id=course.course_id, vendor=course.vendor)


def _of_exam(exam: StoredExam) -> _Subject:
    return _Subject(
        course_pk=exam.course_pk,
        course_id=exam.course_id,
        vendor=exam.vendor,
        exam=vendor_view.stored_exam(exam),
    )


def _viewer(conn: sa.Connection, actor: Actor, course_pk: int, needed: Permission) -> Viewer:
    person = None if actor.person_pk is None else people.by_id(conn, actor.person_pk)
    if person is None:
        raise Forbidden(noted("A dashboard is signed for a person: get a person token for them."))
    role = sorted(ensure(conn, actor, needed, course_pk))[0]
    return Viewer(
        id=person.user_id,
        full_name=person.full_name or person.username,
        email=person.email,
        role=role,
    )
