"""The vendor's id of an exam: two first syncs at once make one exam, for both callers."""

from __future__ import annotations

import threading

import sqlalchemy as sa

from proctor_hub.storage.engine import Database
from proctor_hub.storage.registration import adopt_exam_id
from proctor_hub.storage.tables import courses, exams
from tests.support import START


def an_exam(database: Database) -> int:
    def unit(conn: sa.Connection) -> int:
        course = {"course_id": "c", "created_at": START}
        course_pk = conn.execute(courses.insert().returning(courses.c.id), course).scalar_one()
        exam = {
            "course_pk": course_pk,
            "content_id": "e",
            "exam_type": "proctored",
            "time_limit_minutes": 60,
            "rules": {},
            "created_at": START,
        }
        return int(conn.execute(exams.insert().returning(exams.c.id), exam).scalar_one())

    return database.write(unit)


def stored(database: Database, pk: int) -> str | None:
    with database.read() as conn:
        found: str | None = conn.scalar(sa.select(exams.c.external_id).where(exams.c.id == pk))
        return found


def test_two_first_syncs_at_once_agree_on_one_exam(database_url: str) -> None:
    database = Database(database_url)
    try:
        pk = an_exam(database)
        barrier, got = threading.Barrier(4), []

        def sync(answered: str) -> None:
            barrier.wait()
            got.append(
                database.write(lambda conn: adopt_exam_id(conn, pk, known=None, answered=answered))
            )

        threads = [threading.Thread(target=sync, args=(f"x{n}",)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(got) == {stored(database, pk)} and len(got) == 4
    finally:
        database.close()


def test_an_update_that_answers_a_new_id_is_kept_unless_another_was_first(
    database_url: str,
) -> None:
    database = Database(database_url)
    try:
        pk = an_exam(database)
        database.write(lambda conn: adopt_exam_id(conn, pk, known=None, answered="one"))
        new = database.write(lambda conn: adopt_exam_id(conn, pk, known="one", answered="two"))
        late = database.write(lambda conn: adopt_exam_id(conn, pk, known="one", answered="three"))
        assert (new, late, stored(database, pk)) == ("two", "two", "two")
    finally:
        database.close()
