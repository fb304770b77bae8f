"""What must hold after every step, whatever happened (domain §§3-5, 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from tests.journeys.gradebook import Entry, Gradebook
from tests.journeys.ledger import Ledger, Row, Step, is_overdue
from tests.journeys.table import CREDIT, LEGAL, RUNNING, UNSTARTED, VERDICTS, may_begin


def history_explains(ledger: Ledger, step: Step) -> None:
    """Every change is a legal row by a legal cause, rows chain, the last one is the status."""
    for row in step.history:
        attempt = step.after[row["attempt_pk"]]
        source, target, cause = row["from_status"], row["to_status"], row["cause"]
        if source is None:
            assert may_begin(target, cause, attempt["exam_type"]), row
        elif source != target:
            assert (source, target, cause, attempt["exam_type"]) in LEGAL, (attempt, row)
            if target == "error" and source in (*UNSTARTED, *RUNNING):
                assert attempt["external_id"] is not None, ("error without a session", row)
    for pk, attempt in step.after.items():
        rows = ledger.history[pk]
        assert rows[0]["from_status"] is None
        for earlier, later in pairwise(rows):
            assert later["from_status"] == earlier["to_status"], (earlier, later)
        assert rows[-1]["to_status"] == attempt["status"], (rows[-1], attempt)


def verdicts_stand(ledger: Ledger, step: Step) -> None:
    """What a person decided changes by another decision only."""
    decided_now = {row["attempt_pk"]: row for row in step.decisions if row["kind"] != "escalate"}
    for pk, attempt in step.after.items():
        standing = [row for row in ledger.decisions.get(pk, []) if row["kind"] != "escalate"]
        if not standing:
            continue
        verdict = "verified" if standing[-1]["kind"] == "pass" else "rejected"
        assert attempt["status"] == verdict, ("a human verdict was undone", attempt, standing)
        assert attempt["decided_role"] == standing[-1]["role"]
        before = step.before.get(pk)
        if before is not None and before["status"] != attempt["status"]:
            assert pk in decided_now, ("changed without a decision", attempt)


def at_most_one(step: Step) -> None:
    """One live attempt per learner and exam, one running per learner."""
    live = [row for row in step.after.values() if row["live"]]
    seats = Counter((row["exam_pk"], row["person_pk"]) for row in live)
    running = Counter(row["person_pk"] for row in live if row["status"] in RUNNING)
    assert all(count == 1 for count in seats.values()), seats
    assert all(count == 1 for count in running.values()), running
    everyone = Counter((row["exam_pk"], row["person_pk"]) for row in step.after.values())
    assert everyone.keys() == seats.keys(), "a seat lost its live attempt"


def archived_stay(step: Step) -> None:
    """An archived attempt never moves, is never live again, and sends no event."""
    archived = {pk: row for pk, row in step.before.items() if not row["live"]}
    for pk, row in archived.items():
        after = step.after[pk]
        same = ("status", "live", "decided_role", "allowed_seconds", "review_owner")
        assert [row[name] for name in same] == [after[name] for name in same], (row, after)
    senders = {row["attempt_pk"] for row in step.events}
    assert not senders & archived.keys(), (senders, archived)


def only_ready_ones_start(
    step: Step, ready: Mapping[str, datetime], lifetimes: Mapping[str, timedelta], now: datetime
) -> None:
    """No vendor's session starts unless the vendor said "ready", and not too long ago."""
    for row in step.history:
        attempt = step.after[row["attempt_pk"]]
        begins = row["to_status"] == "started" and row["from_status"] not in RUNNING
        if begins and attempt["exam_type"] != "timed":
            said = ready.get(attempt["external_id"])
            assert said is not None, ("started without the session's ready", attempt)
            assert now - said <= lifetimes[attempt["vendor"]], (said, now, attempt)
            assert row["from_status"] == "ready_to_start"


def revisions_count(ledger: Ledger, step: Step) -> None:
    """Revisions are numbered 1..n without a gap, and the attempt knows n."""
    for pk, attempt in step.after.items():
        numbers = [row["revision"] for row in ledger.reviews.get(pk, [])]
        assert numbers == list(range(1, len(numbers) + 1)), numbers
        assert attempt["revision"] == len(numbers)


def nothing_held_is_left(step: Step) -> None:
    """An early review is applied on reaching ``submitted``; until then staff is told of it."""
    for attempt in step.after.values():
        if attempt["status"] in ("submitted", "second_review_required"):
            assert not attempt["held"], attempt
        if attempt["held"] and attempt["live"] and attempt["status"] in (*UNSTARTED, *RUNNING):
            assert attempt["flagged"], ("held, but staff is not told", attempt)


def times_make_sense(step: Step) -> None:
    """A running attempt has a deadline; an ended one was completed within its time."""
    for attempt in step.after.values():
        if attempt["status"] in RUNNING:
            seconds = timedelta(seconds=attempt["allowed_seconds"])
            assert attempt["deadline_at"] == attempt["started_at"] + seconds
        if attempt["status"] in ("completed", "timed_out", "submitted"):
            order = [attempt[name] for name in ("started_at", "completed_at", "deadline_at")]
            assert order == sorted(order), attempt


def session_taken_back(before: Row, after: Row) -> bool:
    """The attempt was over when the vendor answered with a session: it is told to remove it."""
    changed = {name for name in before if before[name] != after[name]}
    return changed == {"version", "event_seq"} and after["event_seq"] == before["event_seq"] + 1


def refusal_changed_nothing(step: Step, now: datetime) -> None:
    """A refused action leaves every attempt as it was, but for what the clock did."""
    for pk, row in step.after.items():
        before = step.before.get(pk)
        assert before is not None, ("a refused action made an attempt", row)
        if before != row:
            assert is_overdue(before, now), ("a refused action changed", before, row)
            ends = ("expired", "timed_out", "submitted", *VERDICTS, "second_review_required")
            assert row["status"] in ends, (before, row)


def only_touched(step: Step, persons: set[int], now: datetime) -> None:
    """Nobody's attempts change but those of the people it is about, and what the clock did."""
    for pk, row in step.after.items():
        if row["person_pk"] not in persons:
            before = step.before.get(pk)
            assert before is not None, ("an attempt of somebody else", row)
            assert before == row or is_overdue(before, now), (before, row)


def lms_agrees(ledger: Ledger, book: Gradebook, resumed: set[str]) -> None:
    """The gradebook, fed with the events alone, stands where the attempts say (§5, §9)."""
    seats: dict[str, list[Row]] = {}
    for row in ledger.attempts.values():
        seats.setdefault(f"{row['person_pk']}:{row['exam_pk']}", []).append(row)
    for stream, attempts in seats.items():
        entry = book.entries.get(stream, Entry())
        chain = sorted(attempts, key=lambda row: int(row["number"]))
        assert [row["number"] for row in chain] == list(range(1, len(chain) + 1))
        graded = chain[-1]["exam_type"] == "proctored"
        rejected = graded and chain[-1]["status"] == "rejected"
        assert entry.override == rejected, (stream, entry, chain[-1])
        credit = _credit(ledger, chain, resumed) if graded else None
        assert entry.credit == credit, (stream, entry, credit, chain)


def _credit(ledger: Ledger, chain: list[Row], resumed: set[str]) -> str | None:
    """By the statuses the attempts went through; a reset clears it, a resume does not."""
    credit: str | None = None
    for attempt in chain:
        if attempt["code"] not in resumed:
            credit = None
        for row in ledger.history[attempt["id"]]:
            if row["from_status"] != row["to_status"]:
                credit = CREDIT.get(row["to_status"], credit)
    return credit
