"""What must hold of the stored rows whatever happened at once, worked out from domain §§3-5, 9.

Nothing here comes from the hub's code: legal moves, events, e-mails and effects are tables copied
by hand (:mod:`tests.journeys.table` and below).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from proctor_hub.storage import tables as t
from proctor_hub.storage.engine import Database
from tests.journeys.gradebook import Entry, Gradebook
from tests.journeys.table import CREDIT, LEGAL, RUNNING, may_begin

Row = Mapping[str, Any]

EVENTS = {
    "ready_to_start": "ready",
    "started": "started",
    "completed": "completed",
    "timed_out": "timed_out",
    "submitted": "submitted",
    "second_review_required": "second_review_required",
    "verified": "verified",
    "rejected": "rejected",
    "declined": "declined",
    "error": "errored",
    "expired": "expired",
}
"""Status reached → what the LMS hears (§9)."""

MAILS = {"submitted": "submitted", "verified": "satisfactory", "rejected": "unsatisfactory"}
CLOSING = ("completed", "timed_out", "error")


class Books:
    """All rows that matter, read in one snapshot."""

    def __init__(self, database: Database) -> None:
        with database.snapshot() as conn:
            self.attempts = {row["id"]: row for row in _all(conn, t.attempts)}
            self.history = _by_attempt(_all(conn, t.history))
            self.outbox = _all(conn, t.outbox)
            self.decisions = _by_attempt(_all(conn, t.decisions))
            self.reviews = _by_attempt(_all(conn, t.reviews))
            self.callbacks = _all(conn, t.callbacks)
            people = _all(conn, t.people)
        self.retired = {row["id"] for row in people if row["retired_at"] is not None}
        self.sent = _by_attempt(row for row in self.outbox if row["attempt_pk"] is not None)

    def seats(self) -> dict[str, list[Row]]:
        """Stream of a learner and exam → its attempts, oldest first."""
        seats: dict[str, list[Row]] = defaultdict(list)
        for row in self.attempts.values():
            seats[f"{row['person_pk']}:{row['exam_pk']}"].append(row)
        return {seat: sorted(rows, key=lambda row: row["number"]) for seat, rows in seats.items()}


def _all(conn: sa.Connection, table: sa.Table) -> list[Row]:
    return [dict(row._mapping) for row in conn.execute(table.select().order_by(table.c.id))]


def _by_attempt(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["attempt_pk"]].append(row)
    return found


def audit(database: Database, *, mails: bool, mute: Collection[str] = ()) -> Books:
    """Check all of it.

    :param mails: the hub writes to learners. :param mute: vendors that are told nothing.
    """
    books = Books(database)
    for pk, attempt in books.attempts.items():
        explained(books, attempt)
        numbered(books, attempt)
        told(books, attempt, mails=mails, mute=mute)
        decided(books, attempt)
        numbers = [row["revision"] for row in books.reviews[pk]]
        assert numbers == list(range(1, attempt["revision"] + 1)), (attempt, numbers)
    seats_are_single(books)
    for seat, attempts in books.seats().items():
        graded(books, seat, attempts)
    erased(books)
    return books


def explained(books: Books, attempt: Row) -> None:
    """The history is a chain of legal moves from the beginning to the status."""
    rows = books.history[attempt["id"]]
    assert rows, ("an attempt without history", attempt)
    first = rows[0]
    assert first["from_status"] is None, first
    assert may_begin(first["to_status"], first["cause"], attempt["exam_type"]), first
    for earlier, later in pairwise(rows):
        assert later["from_status"] == earlier["to_status"], (earlier, later)
        if later["from_status"] != later["to_status"]:
            move = (later["from_status"], later["to_status"], later["cause"])
            assert (*move, attempt["exam_type"]) in LEGAL, (attempt, later)
    assert rows[-1]["to_status"] == attempt["status"], (rows[-1], attempt)


def numbered(books: Books, attempt: Row) -> None:
    """Effects are numbered without a gap and without a repetition, in the order they were put."""
    numbers = [row["seq"] for row in books.sent[attempt["id"]]]
    if numbers:
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), (attempt, numbers)
        assert numbers[-1] == attempt["event_seq"], (attempt, numbers)


def told(books: Books, attempt: Row, *, mails: bool, mute: Collection[str]) -> None:
    """The LMS, the learner and the vendor hear of each move once, and of nothing else."""
    rows = books.history[attempt["id"]]
    sent = books.sent[attempt["id"]]
    events = [row for row in sent if row["destination"].startswith("lms")]
    kinds = [kind for row in rows for kind in _events_of(books, attempt, row)]
    assert [row["kind"] for row in events] == kinds, (attempt, rows)
    moves = [row for row in rows if row["from_status"] != row["to_status"]]
    graded = attempt["exam_type"] == "proctored"
    letters = [MAILS[row["to_status"]] for row in moves if row["to_status"] in MAILS]
    found = [row["kind"] for row in sent if row["destination"] == "mail"]
    assert found == (letters if graded and mails else []), (attempt, rows, found)
    notices = Counter(row["kind"] for row in sent if row["destination"].startswith("vendor:"))
    begun = sum(
        row["to_status"] == "started" and row["from_status"] != "ready_to_submit" for row in moves
    )
    if attempt["vendor"] not in (None, *mute):
        assert notices["session_started"] == begun <= 1, (attempt, notices)
    stopped = sum(row["to_status"] in ("completed", "timed_out") for row in moves)
    assert notices["session_stopped"] <= stopped <= 1, (attempt, notices)


def _events_of(books: Books, attempt: Row, row: Row) -> list[str]:
    source, target = row["from_status"], row["to_status"]
    if source is None:
        return ["declined" if target == "declined" else "created"]
    if source == target:
        if row["cause"] == "decision":
            return ["escalated"]
        if _followed_up(books, attempt) and _archives(books, attempt, row):
            return ["resumed" if attempt["status"] == "error" and _resumes(books, attempt) else
                    "reset"]  # fmt: skip
        return []
    if target == "started" and source == "ready_to_submit":
        return []
    return [EVENTS[target]] if target in EVENTS else []


def _followed_up(books: Books, attempt: Row) -> bool:
    seat = (attempt["exam_pk"], attempt["person_pk"], attempt["number"] + 1)
    return any(
        (row["exam_pk"], row["person_pk"], row["number"]) == seat for row in books.attempts.values()
    )


def _archives(books: Books, attempt: Row, row: Row) -> bool:
    """The line that took the attempt out of the way: the last one by a person."""
    by_person = [r for r in books.history[attempt["id"]] if r["from_status"] == r["to_status"]
                 and r["cause"] in ("staff", "learner")]  # fmt: skip
    return bool(by_person) and by_person[-1] is row


def _resumes(books: Books, attempt: Row) -> bool:
    return any(row["kind"] == "resumed" for row in books.sent[attempt["id"]])


def decided(books: Books, attempt: Row) -> None:
    """Each decision is one line of history, replaces the one before, and the last one stands."""
    made = books.decisions[attempt["id"]]
    before = [None, *[row["id"] for row in made]]
    assert [row["replaces_pk"] for row in made] == before[: len(made)], (attempt, made)
    lines = [row for row in books.history[attempt["id"]] if row["cause"] == "decision"]
    verdicts = [row for row in made if row["kind"] != "escalate"]
    by_review = [row for row in verdicts if row["review_pk"] is not None]
    assert len(made) - len(by_review) <= len(lines) <= len(made), (attempt, made, lines)
    if verdicts:
        expected = "verified" if verdicts[-1]["kind"] == "pass" else "rejected"
        assert attempt["status"] == expected, (attempt, verdicts)
        assert attempt["decided_role"] == verdicts[-1]["role"], attempt


def seats_are_single(books: Books) -> None:
    """One live attempt per learner and exam, one that runs per learner, numbers without a gap."""
    live = [row for row in books.attempts.values() if row["live"]]
    seats = Counter((row["exam_pk"], row["person_pk"]) for row in live)
    running = Counter(row["person_pk"] for row in live if row["status"] in RUNNING)
    assert all(count == 1 for count in (*seats.values(), *running.values())), (seats, running)
    for attempts in books.seats().values():
        assert [row["number"] for row in attempts] == list(range(1, len(attempts) + 1))
        assert not any(row["live"] for row in attempts[:-1]), attempts


def graded(books: Books, seat: str, attempts: list[Row]) -> None:
    """A gradebook fed with the events stands where the attempts say: each verdict counts once."""
    if attempts[0]["person_pk"] in books.retired:
        return  # what is not delivered yet was ended with the learner
    book = Gradebook()
    for row in books.outbox:
        if row["destination"] == "lms" and row["stream"] == seat:
            assert row["payload"]["sequence"] == row["seq"]
            book.take(seat, row["payload"])
            _effects(row)
    entry = book.entries.get(seat, Entry())
    last = attempts[-1]
    proctored = last["exam_type"] == "proctored"
    assert entry.override == (proctored and last["status"] == "rejected"), (seat, entry, last)
    assert entry.credit == (credit(books, attempts) if proctored else None), (seat, entry, last)


def credit(books: Books, attempts: list[Row]) -> str | None:
    """By the statuses gone through; a reset clears it, a resume does not."""
    found: str | None = None
    resumed = False
    for attempt in attempts:
        found = found if resumed else None
        for row in books.history[attempt["id"]]:
            if row["from_status"] != row["to_status"]:
                found = CREDIT.get(row["to_status"], found)
        resumed = _resumes(books, attempt)
    return found


def _effects(row: Row) -> None:
    """The effects are those of this very move (§9)."""
    payload = row["payload"]
    source, target, effects = payload["from_status"], payload["to_status"], payload["effects"]
    moved = source != target
    proctored = payload["exam_type"] == "proctored"
    assert ("override_grade_zero" in effects) == (proctored and row["kind"] == "rejected"), payload
    leaves = moved and source == "rejected" and target != "rejected"
    undo = proctored and (leaves or row["kind"] == "reset")
    assert ("undo_override" in effects) == undo, payload
    closes = moved and target in CLOSING
    assert ("close_exam_submit_answers" in effects) == closes, payload
    assert ("clear_answers" in effects) == (row["kind"] == "reset"), payload
    assert ("reopen_keep_answers" in effects) == (row["kind"] == "resumed"), payload


def erased(books: Books) -> None:
    """Of a retired learner nothing is live, nothing is named, and nobody is still told."""
    for row in books.attempts.values():
        if row["person_pk"] in books.retired:
            assert not row["live"], ("a live attempt of a retired learner", row)
            assert not row["email"] and row["username"].startswith("retired-"), row
            waiting = [
                sent["kind"]
                for sent in books.sent[row["id"]]
                if sent["delivered_at"] is None and not sent["destination"].startswith("vendor:")
            ]
            assert not waiting, ("a retired learner is still told of", row, waiting)
