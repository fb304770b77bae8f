"""The audit log searched by everything at once, against the same lines filtered in Python."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import Role
from proctor_hub.services.audit import AuditPage, list_audit
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Invalid
from proctor_hub.services.hub import Hub
from proctor_hub.storage import audit as store
from proctor_hub.storage.tables import audit as table
from proctor_hub.storage.tables import courses
from tests.plans import grown, walked_in, watching
from tests.support import LMS, OPERATOR, START, make_hub

LINES = 400
FIELDS: dict[str, tuple[Any, ...]] = {
    "by": (None, "oli", "lms-client", "nobody"),
    "action": (None, "launch_link.made", "staff.granted"),
    "subject": (None, "ann", "rare"),
    "course_id": (None, "c"),
    "since": (None, START + timedelta(seconds=30)),
    "until": (None, START + timedelta(seconds=70)),
}
NOUNS = {"by": "actor", "course_id": "course_id"}


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    made = make_hub(database_url)
    for course_id in ("c", "d"):
        put_course(made, LMS, course_id=course_id, settings=CourseSettings())
    made.database.write(_fill)
    grown(made.database)
    yield made
    made.database.close()


def _fill(conn: sa.Connection) -> None:
    """Lines of every kind, in no order of time, several in one moment."""
    luck = random.Random(7)
    keys = {name: pk for name, pk in conn.execute(sa.select(courses.c.course_id, courses.c.id))}
    conn.execute(table.delete())
    rows = [
        {
            "at": START + timedelta(seconds=luck.randrange(100)),
            "role": Role.OPERATOR,
            "actor": luck.choices(("lms-client", "oli"), (9, 1))[0],
            "action": luck.choices(("launch_link.made", "staff.granted"), (9, 1))[0],
            "course_pk": luck.choice((None, keys["c"], keys["d"])),
            "subject": luck.choices(("ann", "bob", "rare"), (50, 45, 5))[0],
            "detail": {"number": number},
        }
        for number in range(LINES)
    ]
    conn.execute(table.insert(), rows)


def _asked() -> list[dict[str, Any]]:
    return [
        {name: value for name, value in zip(FIELDS, values, strict=True) if value is not None}
        for values in itertools.product(*FIELDS.values())
    ]


def _meets(line: store.AuditEntry, asked: dict[str, Any]) -> bool:
    def one(name: str, value: Any) -> bool:
        if isinstance(value, datetime):
            return line.at >= value if name == "since" else line.at < value
        return bool(getattr(line, NOUNS.get(name, name)) == value)

    return all(one(name, value) for name, value in asked.items())


def _pages(hub: Hub, **asked: Any) -> Iterator[AuditPage]:
    cursor = None
    while True:
        found = list_audit(hub, OPERATOR, cursor=cursor, **asked)
        yield found
        cursor = found.next_cursor
        if cursor is None:
            return


def test_every_combination_finds_what_meets_all_of_it(hub: Hub) -> None:
    lines = [line for page in _pages(hub, limit=50) for line in page.items]
    assert len(lines) == LINES
    assert [(one.at, one.id) for one in lines] == sorted(
        ((one.at, one.id) for one in lines), reverse=True
    )
    for asked in _asked():
        wanted = [one.id for one in lines if _meets(one, asked)]
        pages = list(_pages(hub, limit=30, **asked))
        assert [one.id for page in pages for one in page.items] == wanted, asked
        assert all(page.looked_back_to is None for page in pages)


def test_a_page_looks_at_so_many_lines_and_says_how_far(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the log were long: a look is over after a few lines of the rarest thing asked for.
    looked = 25
    monkeypatch.setattr(store, "LOOKED", looked)
    monkeypatch.setattr(store, "_STRETCHES", {x: store._stretch(x) for x in store._STRETCHES})
    monkeypatch.setattr(
        store,
        "_ENDS",
        {
            lead: stretch.with_only_columns(table.c.at, table.c.id).limit(1).offset(looked - 1)
            for lead, stretch in store._STRETCHES.items()
        },
    )
    asked = {"by": "lms-client", "action": "staff.granted", "subject": "bob"}
    wanted = [one.id for page in _pages(hub, limit=50) for one in page.items if _meets(one, asked)]
    pages = list(_pages(hub, limit=10, **asked))
    assert [one.id for page in pages for one in page.items] == wanted
    told = [page.looked_back_to for page in pages]
    assert None not in told[:-1] and len(pages) > 1
    assert told[:-1] == sorted(told[:-1], reverse=True)  # type: ignore[type-var]


def test_no_question_walks_the_log(hub: Hub) -> None:
    with watching() as seen:
        for asked in _asked():
            list_audit(hub, OPERATOR, **asked)
    plans = {text for text in seen.plans(hub.database, large=True) if "FROM audit" in text}
    assert len(plans) > 5
    for text in plans:
        assert "audit" not in walked_in(hub.database, text), text
        if hub.database.dialect == "postgresql":
            assert (
                "Index Cond: ((ROW(" in text and "using ix_audit" in text
            ) or "on ix_audit" in text
        else:
            stretch = next(line for line in text.splitlines() if "SEARCH audit" in line)
            assert "ix_audit" in stretch and ">" in stretch and "<" in stretch, text


def test_what_cannot_be_looked_for_is_refused(hub: Hub) -> None:
    for asked in (
        {"action": "nothing.done"},
        {"since": datetime(2026, 1, 1)},
        {"cursor": "WyJ4IiwxXQ"},
        {"cursor": "WzVd"},
    ):
        with pytest.raises(Invalid):
            list_audit(hub, OPERATOR, **asked)  # type: ignore[arg-type]
    assert list_audit(hub, OPERATOR, by="\0").items == ()
