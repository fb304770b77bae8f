"""What must be true once the hub has come to rest, however often it was killed before."""

from __future__ import annotations

import csv
from collections import defaultdict

from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import reports
from tests.crash.site import Ground, unfinished
from tests.journeys.gradebook import Entry, Gradebook
from tests.races.audit import MAILS, Books, audit, credit


def pass_judgement(ground: Ground, database: Database) -> Books:
    """All of it, from the stored rows and from what the outside heard."""
    books = audit(database, mails=True, mute=("rpnow",))
    acknowledged_is_there(ground, books)
    lms_heard(ground, books)
    learners_read(ground, books)
    vendors_heard(ground, books)
    reports_are_made(ground, database)
    sound(database)
    return books


def acknowledged_is_there(ground: Ground, books: Books) -> None:
    """Callbacks, attempts, decisions, resets, statuses: what was acknowledged has happened."""
    log = ground.log
    assert not log.strange, log.strange
    stored = {row["digest"]: row for row in books.callbacks}
    lost = [digest for digest in log.callbacks if digest not in stored]
    assert not lost, ("acknowledged callbacks are not stored", len(lost), len(log.callbacks))
    codes = {row["code"]: row for row in books.attempts.values()}
    assert set(log.created) <= codes.keys()
    reasons = {row["reason"] for rows in books.decisions.values() for row in rows}
    assert set(log.decisions) <= reasons, set(log.decisions) - reasons
    lines = [row["reason"] for rows in books.history.values() for row in rows]
    for reason in log.archived:
        assert lines.count(f"archived: {reason}") == 1, reason
    for code, status in log.reached:
        attempt = codes[code]
        reached = {row["to_status"] for row in books.history[attempt["id"]]}
        assert status in reached, (code, status, reached)


def lms_heard(ground: Ground, books: Books) -> None:
    """Every event reached the LMS, none that is not in the outbox did, each in its order."""
    assert not ground.lms.forged, ground.lms.forged
    heard = ground.lms.events()
    wanted = {row["event_id"]: row for row in books.outbox if row["destination"] == "lms"}
    assert {event["id"] for event in heard} == wanted.keys()
    assert len(heard) == len(wanted), "applied twice"
    book = Gradebook()
    for event in heard:
        row = wanted[event["id"]]
        assert {name: event[name] for name in row["payload"]} == row["payload"]
        book.take(row["stream"], event)  # fails where one comes before an earlier one
    for seat, attempts in books.seats().items():
        entry, last = book.entries.get(seat, Entry()), attempts[-1]
        assert entry.override == (last["status"] == "rejected"), (seat, entry, last)
        assert entry.credit == credit(books, attempts), (seat, entry, last)


def learners_read(ground: Ground, books: Books) -> None:
    """Each e-mail is of a status that was reached, once; nobody waits for one."""
    rows = {row["event_id"]: row for row in books.outbox if row["destination"] == "mail"}
    letters: dict[str, str] = {}
    for message in ground.post.mails:
        event_id = message["Message-ID"].strip("<>").partition("@")[0]
        kind = message["Proctor-Hub-Mail"]
        assert event_id in rows, ("a mail that nobody asked for", message["Subject"])
        assert letters.setdefault(event_id, kind) == kind == rows[event_id]["kind"]
    for event_id, row in rows.items():
        attempt = books.attempts[row["attempt_pk"]]
        reached = [line["to_status"] for line in books.history[attempt["id"]]]
        assert row["kind"] in {MAILS.get(status) for status in reached}, (row, reached)
        # One that waited until its attempt was archived is not sent any more.
        assert event_id in letters or not attempt["live"], ("not sent", row)


def vendors_heard(ground: Ground, books: Books) -> None:
    """Each notice reached its vendor: the words of the REST protocol, by the session's id."""
    words = {"session_started": "started", "session_stopped": "submitted",
             "session_errored": "error", "session_removed": "deleted"}  # fmt: skip
    wanted: dict[str, list[str]] = defaultdict(list)
    for row in books.outbox:
        if row["destination"] == "vendor:proctortrack" and row["kind"] in words:
            wanted[row["payload"]["external_id"]].append(words[row["kind"]])
    told = ground.vendors.told
    for external_id, expected in wanted.items():
        first = list(dict.fromkeys(told[external_id]))
        assert first == expected, (external_id, expected, told[external_id])
    assert not told.keys() - wanted.keys(), "told of what never was"


def reports_are_made(ground: Ground, database: Database) -> None:
    """Every report that was asked for is there, whole, in one file."""
    with database.read() as conn:
        rows = {row.code: row for row in conn.execute(reports.select())}
    for code in ground.log.reports:
        row = rows[code]
        assert row.status == "ready", row
        (path,) = (ground.reports / code).iterdir()
        assert (path.name, path.stat().st_size) == (row.file_key, row.size)
        with path.open(newline="", encoding="utf-8-sig") as file:
            assert len(list(csv.reader(file))) == row.rows_done + 1


def sound(database: Database) -> None:
    """Nothing waits, nothing is parked, no job is unfinished; an embedded file is intact."""
    assert unfinished(database) == []
    with database.read() as conn:
        if database.dialect == "sqlite":
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
