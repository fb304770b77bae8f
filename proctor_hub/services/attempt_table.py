"""The staff's table of a course's attempts: filters, orders, pages both ways, and its CSV.

The orders are those an index serves: newest or oldest first, by username, by exam and username. No
page costs more than :data:`MOST_LOOKED_AT` attempts looked at, however many the course has: where a
filter and an order have no index in common and many attempts pass the one and few the other, a page
is *short*: it says how far it looked, and its cursor goes on from there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace

import sqlalchemy as sa

from proctor_hub.domain.report import iso, neutralise
from proctor_hub.domain.told import noted
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services import paging
from proctor_hub.services.authorize import Permission
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import Invalid
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.lookup import course_for
from proctor_hub.storage import attempt_rows, attempt_walks, exams, people
from proctor_hub.storage.attempt_rows import ReviewWanted, TableFilter, TableRow, TableSort
from proctor_hub.storage.attempt_walks import Candidate, Key
from proctor_hub.storage.upsert import is_key

FEW = 1_000
"""So many attempts are found by a filter and sorted, where its index is not in the order."""

_STEPS = (150, 450, 900)
"""Candidates read at once: few first, since most pages are full of what comes next."""

MOST_LOOKED_AT = sum(_STEPS)
"""Candidates for one page."""

_EDGE = 0
"""In a cursor in place of an attempt: the very beginning, or backwards the very end."""

_CSV_PAGE = 500
CSV_COLUMNS = (
    "exam_name", "exam_type", "username", "email", "attempt_code", "attempt_number", "vendor",
    "status", "archived", "review_status", "review_label", "flagged", "suspicious_count",
    "violation_count", "created_at", "started_at", "completed_at",
)  # fmt: skip
"""Columns of the table's CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What staff asks of the table; None and empty: any.

    :param username: how usernames begin, in any case. :param email: the whole address, in any
        case. :param archived: show those that are not live, too. :param flagged: only those with
        a review that was stored and moved nothing.
    """

    exam_pk: int | None = None
    status: AttemptStatus | None = None
    review: ReviewWanted | None = None
    vendor: str = ""
    username: str = ""
    email: str = ""
    archived: bool = False
    flagged: bool = False
    sort: TableSort = TableSort.NEWEST


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePage:
    """Some of the table, in its order.

    :param looked_up_to: the page is short: nothing more was found up to this attempt, and a cursor
        goes on behind it. :param looked_at: how many attempts were looked at for it.
    """

    rows: tuple[TableRow, ...]
    next_cursor: str | None = None
    previous_cursor: str | None = None
    looked_up_to: TableRow | None = None
    looked_at: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    hits: list[Candidate]
    end: Candidate | None
    looked_at: int


def attempt_table(
    hub: Hub,
    actor: Actor,
    course_id: str,
    asked: Asked,
    *,
    cursor: str | None = None,
    limit: int | None = None,
) -> TablePage:
    """A page of the table.

    :param cursor: ``next_cursor`` or ``previous_cursor`` of a page with the same order.
    :raises NotFound: no such course, or not the caller's. :raises Invalid: the cursor is not one
        of this table.
    """
    size = paging.limit_of(hub, limit)
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_ATTEMPTS, course_id)
        wanted = _filter(conn, course.id, asked)
        if wanted is None:
            return TablePage(rows=())
        return _page(conn, wanted, asked.sort, cursor, size)


def stream_csv(hub: Hub, actor: Actor, course_id: str, asked: Asked) -> Iterator[str]:
    """The whole of the filtered table as CSV, header first, in chunks of some hundred lines.

    Each chunk is read by itself, so that a slow reader holds nothing open; cells that a spreadsheet
    would execute are neutralised. Errors as :func:`attempt_table`, before the first chunk.
    """
    with hub.database.read() as conn:
        course = course_for(conn, actor, Permission.SEE_ATTEMPTS, course_id)
        wanted = _filter(conn, course.id, asked)
    return _chunks(hub, wanted, asked.sort)


def _chunks(hub: Hub, wanted: TableFilter | None, sort: TableSort) -> Iterator[str]:
    yield ",".join(CSV_COLUMNS) + "\r\n"
    cursor: str | None = None
    while wanted is not None:
        with hub.database.read() as conn:
            page = _page(conn, wanted, sort, cursor, _CSV_PAGE)
        if page.rows:
            sink = io.StringIO(newline="")
            csv.writer(sink, lineterminator="\r\n").writerows(map(_cells, page.rows))
            yield sink.getvalue()
        cursor = page.next_cursor
        if cursor is None:
            return


def _cells(row: TableRow) -> list[str]:
    texts = (
        row.exam_name, row.exam_type, row.username, row.email, row.code, str(row.number),
        row.vendor or "", row.status, "" if row.live else "true", row.review_status or "",
        row.review_label, "true" if row.flagged else "", str(row.suspicious_count),
        str(row.violation_count),
    )  # fmt: skip
    moments = (row.created_at, row.started_at, row.completed_at)
    return [*map(neutralise, texts), *map(iso, moments)]


def _filter(conn: sa.Connection, course_pk: int, asked: Asked) -> TableFilter | None:
    """The filter in stored terms; None: nothing can pass it."""
    if not all(map(storable, (asked.vendor, asked.username, asked.email))):
        return None
    wanted = TableFilter(
        course_pk=course_pk,
        status=asked.status,
        review=asked.review,
        username=asked.username,
        archived=asked.archived,
        flagged=asked.flagged,
    )
    if asked.exam_pk is not None:
        exam = exams.by_id(conn, asked.exam_pk) if is_key(asked.exam_pk) else None
        if exam is None or exam.course_pk != course_pk:
            return None
        if asked.vendor and exam.vendor != asked.vendor:
            return None
        wanted = replace(wanted, exam_pk=exam.id, exam_name=exam.name)
    elif asked.vendor:
        pinned = exams.keys_of_vendor(conn, course_pk, asked.vendor)
        if not pinned:
            return None
        wanted = replace(wanted, vendor_exams=tuple(pinned))
    if asked.email:
        persons = people.keys_by_email(conn, asked.email)
        if not persons:
            return None
        wanted = replace(wanted, person_pks=tuple(persons))
    return attempt_walks.windowed(conn, wanted)


def _page(
    conn: sa.Connection, wanted: TableFilter, sort: TableSort, cursor: str | None, size: int
) -> TablePage:
    back, after = _place(conn, wanted, sort, cursor)
    found = _look(conn, wanted, sort, back, after, size + 1)
    hits, more = found.hits[:size], len(found.hits) > size
    onward: int | None = hits[-1].id if more else None
    if not more and found.end is not None:
        onward = found.end.id
    if back:
        hits = hits[::-1]
    shown = attempt_rows.rows(conn, [one.id for one in hits])
    up_to = None
    if not more and found.end is not None:
        up_to = attempt_rows.rows(conn, [found.end.id])[0]
    returning: int | None = None
    if after is not None:
        # Where nothing was found, from as far as was looked; else from the list's end.
        returning = (
            hits[-1 if back else 0].id if hits else _EDGE if found.end is None else found.end.id
        )
    ahead, behind = (returning, onward) if back else (onward, returning)
    return TablePage(
        rows=tuple(shown),
        next_cursor=None if ahead is None else paging.encode(["next", ahead]),
        previous_cursor=None if behind is None else paging.encode(["previous", behind]),
        looked_up_to=up_to,
        looked_at=found.looked_at,
    )


def _place(
    conn: sa.Connection, wanted: TableFilter, sort: TableSort, cursor: str | None
) -> tuple[bool, Key | None]:
    if cursor is None:
        return False, None
    way, pk = paging.decode(cursor, str, int)
    if pk == _EDGE and way in ("next", "previous"):
        return way == "previous", None
    # Only an id goes into the cursor, which goes into addresses: no names.
    key = attempt_walks.key_of(conn, sort, wanted.course_pk, int(pk))
    if key is None or way not in ("next", "previous"):
        raise Invalid(
            noted("This cursor is not one of this list."),
            fields={"cursor": noted("take next_cursor as it came")},
        )
    return way == "previous", key


def _look(
    conn: sa.Connection,
    wanted: TableFilter,
    sort: TableSort,
    back: bool,
    after: Key | None,
    count: int,
) -> _Found:
    """Up to ``count`` that are wanted; ``end``: where looking ended before the list did."""
    narrow = attempt_walks.few(conn, wanted, sort, most=FEW)
    if narrow is not None:
        hits = attempt_walks.sorted_few(
            conn, wanted, sort, narrow, back=back, after=after, count=count
        )
        return _Found(hits, None, len(hits))
    hits, looked_at = list[Candidate](), 0
    last: Candidate | None = None
    for step in _STEPS:
        many = max(step, count)
        place = after if last is None else last.key
        found = attempt_walks.walk(conn, wanted, sort, back=back, after=place, count=many)
        looked_at += len(found)
        hits += [one for one in found if one.wanted][: count - len(hits)]
        if len(hits) == count or len(found) < many:
            return _Found(hits, None, looked_at)
        last = found[-1]
    return _Found(hits, last, looked_at)
