"""The results reports of a course (domain §8), streamed: never a whole file in memory.

Who may have them (the course's team and operators) is for the caller to have checked.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from proctor_hub.domain import report
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Hub
from proctor_hub.storage.report import stream_legacy, stream_results
from proctor_hub.storage.tables import courses

_COURSE_ID = sa.select(courses.c.course_id).where(courses.c.id == sa.bindparam("pk"))


def stream_report(hub: Hub, course_pk: int) -> Iterator[bytes]:
    """The Proctored Exam Results report as CSV, in chunks of at most about 1 MiB.

    Nothing is read before the first chunk is asked for, except that the course exists. Close the
    iterator to stop early.

    :raises NotFound: there is no such course.
    """
    return stream_results(hub.database, course_pk, _course_id(hub, course_pk))


def stream_legacy_report(hub: Hub, course_pk: int) -> Iterator[bytes]:
    """The older report over the same attempts, as :func:`stream_report`.

    :raises NotFound: there is no such course.
    """
    _course_id(hub, course_pk)
    return stream_legacy(hub.database, course_pk)


def file_name(hub: Hub, course_pk: int) -> str:
    """What the report made now is to be called.

    :raises NotFound: there is no such course.
    """
    return report.file_name(_course_id(hub, course_pk), hub.now())


def _course_id(hub: Hub, course_pk: int) -> str:
    with hub.database.read() as conn:
        course_id: str | None = conn.execute(_COURSE_ID, {"pk": course_pk}).scalar()
    if course_id is None:
        raise NotFound("course", str(course_pk))
    return course_id
