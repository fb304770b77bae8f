"""The order of the staff's table, read from indexes; no query reads more than it is told to.

Statements are put together from fragments of ours; every value is bound. A *walk* goes through
candidates in the order asked for, from one or several stretches of an index, and says of each
whether it is wanted. Where few attempts can be wanted at all they are found first and sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ReviewStatus
from proctor_hub.storage.attempt_conditions import (
    NAMED_FROM,
    NAMED_TO,
    condition,
    listed,
    values_of,
)
from proctor_hub.storage.attempt_rows import ReviewWanted, TableFilter, TableSort
from proctor_hub.storage.upsert import MAX_KEY

_KEYS: dict[TableSort, tuple[str, ...]] = {
    TableSort.NEWEST: ("id",),
    TableSort.OLDEST: ("id",),
    TableSort.USERNAME: ("lower(username)", "id"),
    TableSort.EXAM: ("exam_name", "username", "number", "id"),
}
_REPORTED, _TIMED = "exam_type <> 'timed'", "exam_type = 'timed'"
_MOST_STRETCHES = 40

Key = tuple[Any, ...]
Part = tuple[str, str, tuple[str, ...]]
"""The index of one part of a walk, its conditions and its order."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An attempt a walk came to: its place in the order, its id, and whether it is wanted."""

    key: Key
    wanted: bool

    @property
    def id(self) -> int:
        """The last part of every key."""
        return int(self.key[-1])


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Part of an index: rows with the same values in its first columns, in the order of their ids.

    :param where: all of those columns but the last, ``lead``. :param value: of ``lead``; None:
        NULL.
    """

    index: str
    where: str
    lead: str
    value: str | None

    @property
    def equal(self) -> str:
        """The rows of it."""
        same = "IS NULL" if self.value is None else f"= {self.value}"
        return " AND ".join(part for part in (self.where, f"{self.lead} {same}") if part)

    def within(self, fenced: bool) -> Part:
        """Conditions and order of those with an id from ``:low`` to ``:high``.

        ``fenced``: PostgreSQL takes the primary key for an order by id where it hopes to meet
        enough of these rows on the way, and may walk the table. Asked for the order of ``lead``
        and id, it has this index alone.
        """
        if not fenced or self.value is None:
            order = (self.lead, "id") if fenced else ("id",)
            return self.index, f"{self.equal} AND id BETWEEN :low AND :high", order
        begins = f"{self.where} AND " if self.where else ""
        pair, value = f"({self.lead}, id)", self.value
        # With "or equal", which is what its estimate of how many there are looks at.
        between = f"{pair} >= ({value}, :low) AND {pair} <= ({value}, :high)"
        return self.index, begins + between, (self.lead, "id")


def key_of(conn: sa.Connection, sort: TableSort, course_pk: int, pk: int) -> Key | None:
    """The place of an attempt in the order; None: it is not of the course."""
    query = f"SELECT {', '.join(_KEYS[sort])} FROM attempts WHERE id = :pk AND course_pk = :course"  # noqa: S608 - our own fragments
    row = conn.execute(sa.text(query), {"pk": pk, "course": course_pk}).first()
    return None if row is None else tuple(row)


def windowed(conn: sa.Connection, wanted: TableFilter) -> TableFilter:
    """The filter with the ids between which all attempts of its exams lie.

    Attempts of an exam lie together, so a walk by status need not pass all the other exams'.
    """
    exams = [wanted.exam_pk] if wanted.exam_pk is not None else list(wanted.vendor_exams or ())
    if not 0 < len(exams) <= _MOST_STRETCHES:
        return wanted
    ends = " UNION ALL ".join(
        f"SELECT (SELECT min(id) FROM attempts WHERE exam_pk = {int(pk)}) AS first, "  # noqa: S608
        f"(SELECT max(id) FROM attempts WHERE exam_pk = {int(pk)}) AS last"
        for pk in exams
    )
    query = f"SELECT min(first), max(last) FROM ({ends}) AS ends"  # noqa: S608 - our own fragments
    first, last = conn.execute(sa.text(query)).one()
    return replace(wanted, window=(first or 0, last or 0))


def walk(
    conn: sa.Connection,
    wanted: TableFilter,
    sort: TableSort,
    *,
    back: bool,
    after: Key | None,
    count: int,
) -> list[Candidate]:
    """The next ``count`` candidates after a place, or before it (``back``)."""
    down = (sort is TableSort.NEWEST) is not back
    keys = _KEYS[sort]
    names = [f"k{n}" for n in range(len(keys))]
    columns = ", ".join(f"{key} AS {name}" for key, name in zip(keys, names, strict=True))
    columns += f", ({condition(wanted)}) AS wanted"
    if len(keys) == 1:
        parts, values = _by_id(conn, wanted, down, after)
    else:
        parts, values = _by_name(wanted, sort, down, after)
    if not parts:
        return []
    embedded = conn.dialect.name == "sqlite"
    queries = [
        f"SELECT * FROM (SELECT {columns} FROM attempts "  # noqa: S608 - ours
        # SQLite does as it is told; PostgreSQL has to be led, see _Stretch.
        f"{f'INDEXED BY {index} ' if embedded else ''}WHERE {where} "
        f"ORDER BY {_order(order, down)} LIMIT :count) AS part{n}"
        for n, (index, where, order) in enumerate(parts)
    ]
    query = queries[0]
    if len(queries) > 1:
        query = f"SELECT * FROM ({' UNION ALL '.join(queries)}) AS found "  # noqa: S608 - ours
        query += f"ORDER BY {_order(names, down)} LIMIT :count"
    found = conn.execute(sa.text(query), {**values_of(wanted), **values, "count": count})
    return [Candidate(tuple(row[:-1]), bool(row[-1])) for row in found]


def _by_id(
    conn: sa.Connection, wanted: TableFilter, down: bool, after: Key | None
) -> tuple[list[Part], dict[str, Any]]:
    low, high = wanted.window or (1, MAX_KEY)
    if after is not None and down:
        high = min(high, after[0] - 1)
    elif after is not None:
        low = max(low, after[0] + 1)
    if low > high:
        return [], {}
    fenced = conn.dialect.name == "postgresql"
    parts = [stretch.within(fenced) for stretch in _stretches(wanted)]
    return parts, {"low": low, "high": high}


def _by_name(
    wanted: TableFilter, sort: TableSort, down: bool, after: Key | None
) -> tuple[list[Part], dict[str, Any]]:
    """Each end of the stretch is bound once, by the name asked for or by the place to go on from:

    of two bounds SQLite takes the first one, and reads on from there.
    """
    keys = _KEYS[sort]
    by_username = sort is TableSort.USERNAME
    where = "course_pk = :course"
    if not by_username and wanted.exam_pk is not None:
        where += " AND exam_name = :exam_name"
    if by_username and wanted.username:
        values = values_of(wanted)
        edge = values["named_end" if down else "named"]
        beyond = after is not None and (after[0] < edge if down else after[0] >= edge)
        after = after if beyond else None
        if down or after is None:
            where += f" AND {NAMED_FROM}"
        if not down or after is None:
            where += f" AND {NAMED_TO}"
    place = {f"after{n}": part for n, part in enumerate(after or ())}
    if by_username:
        # SQLite compares no row with an expression in an index, so its first part is said again.
        bound = f" AND {keys[0]} {'<' if down else '>'}= :after0" if place else ""
        bound += _beyond(keys, down) if place else ""
        return [("ix_attempts_username", where + bound, keys)], place
    skipped = int(wanted.exam_pk is not None)  # its name is a condition already
    bound = _beyond(keys, down, skipped) if place else ""
    kinds = (("ix_attempts_report", _REPORTED), ("ix_attempts_timed", _TIMED))
    return [(index, f"{where} AND {kind}{bound}", keys) for index, kind in kinds], place


def few(conn: sa.Connection, wanted: TableFilter, sort: TableSort, *, most: int) -> str | None:
    """A filter that at most ``most`` attempts pass and whose order is not the one asked for.

    :return: the query that finds them, for :func:`sorted_few`; None: there is none such.
    """
    for narrow in _narrow(wanted, sort):
        query = f"SELECT count(*) FROM (SELECT pk FROM ({narrow}) AS found LIMIT :most) AS counted"  # noqa: S608
        values = {**values_of(wanted), "most": most + 1}
        if conn.execute(sa.text(query), values).scalar_one() <= most:
            return narrow
    return None


def sorted_few(
    conn: sa.Connection,
    wanted: TableFilter,
    sort: TableSort,
    narrow: str,
    *,
    back: bool,
    after: Key | None,
    count: int,
) -> list[Candidate]:
    """The next ``count`` wanted ones among those that :func:`few` found, sorted."""
    values = values_of(wanted)
    down = (sort is TableSort.NEWEST) is not back
    keys = _KEYS[sort]
    bound = ""
    if after is not None:
        values |= {f"after{n}": part for n, part in enumerate(after)}
        bound = _beyond(keys, down)
    query = (
        f"WITH few AS MATERIALIZED ({narrow}) SELECT {', '.join(keys)} "  # noqa: S608 - ours
        f"FROM few CROSS JOIN attempts "
        f"WHERE attempts.id = few.pk AND {condition(wanted)}{bound} "
        f"ORDER BY {_order(keys, down)} LIMIT :count"
    )
    found = conn.execute(sa.text(query), {**values, "count": count})
    return [Candidate(tuple(row), True) for row in found]


def _order(keys: Sequence[str], down: bool) -> str:
    return ", ".join(f"{key}{' DESC' if down else ''}" for key in keys)


def _beyond(keys: Sequence[str], down: bool, skipped: int = 0) -> str:
    marks = ", ".join(f":after{n}" for n in range(skipped, len(keys)))
    return f" AND ({', '.join(keys[skipped:])}) {'<' if down else '>'} ({marks})"


def _stretches(wanted: TableFilter) -> list[_Stretch]:
    """Stretches that hold together all that can be wanted."""
    if wanted.status is not None or wanted.review is not None:
        return _by_status(wanted)
    if wanted.flagged:
        return [_Stretch("ix_attempts_flagged", "flagged", "course_pk", ":course")]
    if wanted.exam_pk is not None:
        return [_Stretch("ix_attempts_exam", "", "exam_pk", ":exam")]
    if wanted.vendor_exams and len(wanted.vendor_exams) <= _MOST_STRETCHES:
        return [
            _Stretch("ix_attempts_exam", "", "exam_pk", str(int(pk))) for pk in wanted.vendor_exams
        ]
    return [_Stretch("ix_attempts_course", "", "course_pk", ":course")]


def _by_status(wanted: TableFilter) -> list[_Stretch]:
    statuses = [wanted.status] if wanted.status else list(AttemptStatus)
    reviews: list[str | None] = [*(f"'{one.value}'" for one in ReviewStatus), None]
    if wanted.review is ReviewWanted.NONE:
        reviews = [None]
    elif wanted.review is not None:
        reviews = [f"'{wanted.review.value}'"]
    lives = ["true", "false"] if wanted.archived else ["true"]
    return [
        _Stretch(
            "ix_attempts_status",
            f"course_pk = :course AND status = '{status.value}' AND live = {live}",
            "review_status",
            review,
        )
        for status in statuses
        for live in lives
        for review in reviews
    ]


def _narrow(wanted: TableFilter, sort: TableSort) -> list[str]:
    """Queries by filters that an index finds by, the one that finds fewest first."""
    found = []
    if wanted.person_pks is not None:
        found.append(_ids(f"person_pk IN ({listed(wanted.person_pks)}) AND course_pk = :course"))
    if wanted.username and sort is not TableSort.USERNAME:
        found.append(_ids(f"course_pk = :course AND {NAMED_FROM} AND {NAMED_TO}"))
    if wanted.flagged:
        found.append(_ids("course_pk = :course AND flagged"))
    by_id = sort in (TableSort.NEWEST, TableSort.OLDEST)
    if (wanted.status is not None or wanted.review is not None) and (
        not by_id or wanted.username or wanted.exam_pk is not None
    ):
        found.append(" UNION ALL ".join(_ids(one.equal) for one in _by_status(wanted)))
    return found


def _ids(where: str) -> str:
    return f"SELECT id AS pk FROM attempts WHERE {where}"  # noqa: S608 - our own fragments
