"""The random play: what learners, LMS, vendors, staff and the clock can do, in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.decisions import DecisionWord
from proctor_hub.testing.fake_vendor import review_body
from tests.journeys import staff
from tests.journeys.game import Game
from tests.journeys.ledger import Row
from tests.journeys.table import REFUSALS, RUNNING, STOPPED, UNSTARTED, VERDICTS
from tests.journeys.world import LEARNERS, STAFF

Open = Callable[[], Game]

PICK = st.integers(0, 7)
DECIDABLE = frozenset({"second_review_required", "error", *VERDICTS})
REVIEWABLE = frozenset({*STOPPED, "submitted", "second_review_required", *VERDICTS})
STATUS = st.sampled_from(["passed", "violation", "suspicious", "suspicious", "not_reviewed"])
ORDER = st.sampled_from([None, None, "1", "2", "3"])
# on a team in any case; support only; on the team of one course; nobody
NAMED = st.sampled_from(
    [None, None, "TEA@example.ORG", "sue@example.org", "tom@example.org", "x@y"]
)
SLUG = st.sampled_from(["alpha", "beta"])
NAME = st.sampled_from(["ann", "ann", "bob", "cyd"])
# by their place in world.furnish: a timed, two proctored, a practice, an onboarding in each course
SEAT = st.sampled_from([1, 1, 4, 4, 6, 6, 9, 9, *range(10)])
STAFF_NAME = st.sampled_from(STAFF)
ENDS = st.sampled_from([None, None, None, 100, -1, 1])
HOURS = st.sampled_from([None, 1, 30, 100])


class HubMachine(RuleBasedStateMachine):
    """Plays on a hub; every step is checked by :class:`~tests.journeys.game.Game`."""

    def __init__(self, open_game: Open) -> None:
        super().__init__()
        self.game = open_game()

    def teardown(self) -> None:
        for row in self.game.ledger.attempts.values():
            note(f"{row['id']} {row['exam_type']} {row['vendor']} {row['status']} {row['live']}")
        self.game.close()

    def at(self, index: int) -> Row | None:
        return self.game.pick(index)

    def bring(self, index: int, statuses: frozenset[str]) -> Row | None:
        """An attempt in one of ``statuses``; where there is none, one is led there if it can be."""
        row = self.game.pick(index, statuses) or self.at(index)
        for _ in range(6):
            if row is None or row["status"] in statuses or not row["live"]:
                return row
            self._next(row, "suspicious")
            row = self.game.now_of(row)
        return row

    @initialize(seats=st.lists(st.tuples(NAME, SEAT, st.integers(0, 5)), min_size=2, max_size=4))
    def begin(self, seats: list[tuple[str, int, int]]) -> None:
        """Some attempts, each somewhere on its way."""
        for name, exam, steps in seats:
            self.game.create(name, self.game.plan.exams[exam], by_lms=True)
            self.advance_newest(steps)

    def advance_newest(self, steps: int) -> None:
        rows = [row for row in self.game.ledger.attempts.values() if row["live"]]
        if rows:
            self._advance(max(rows, key=lambda row: int(row["id"])), steps, "suspicious")

    # -- learner, LMS

    @rule(name=NAME, exam=SEAT, by_lms=st.booleans())
    def create(self, name: str, exam: int, by_lms: bool) -> None:
        self.game.create(name, self.game.plan.exams[exam], by_lms=by_lms)

    @rule(pick=PICK, steps=st.integers(1, 6), status=STATUS)
    def advance(self, pick: int, steps: int, status: str) -> None:
        """The ordinary course of things, so that plays get far."""
        if (row := self.at(pick)) is not None:
            self._advance(row, steps, status)

    def _advance(self, row: Row, steps: int, status: str) -> None:
        for _ in range(steps):
            if row["live"]:
                self._next(row, status)
                row = self.game.now_of(row)

    def _next(self, row: Row, status: str) -> None:
        here, game = row["status"], self.game
        if here in REFUSALS:
            game.vendor(row["vendor"]).refuse_with = None
            game.launch(row)
        elif here == "created" and row["vendor"] is None:
            game.act(row, LearnerAction.START)
        elif here in UNSTARTED and row["external_id"] is None:
            game.launch(row)
        elif here == "ready_to_start":
            game.session_call(row, "ready")
            game.act(row, LearnerAction.START)
        elif here in UNSTARTED:
            game.session_call(row, "ready")
        elif here in ("started", "ready_to_submit"):
            game.act(row, LearnerAction.SUBMIT)
        elif here in STOPPED:
            game.relay()
        elif here == "submitted":
            game.review(row, review_body(status))
        elif here == "second_review_required":
            game.decide("bea", row, DecisionWord.PASS)

    @rule(pick=PICK, action=st.sampled_from(LearnerAction), by_lms=st.booleans())
    def act(self, pick: int, action: LearnerAction, by_lms: bool) -> None:
        if (row := self.at(pick)) is not None:
            self.game.act(row, action, by_lms=by_lms)

    @rule(
        pick=PICK,
        happens=st.sampled_from(["", "", "decline", "reset", "launch", "ready", "days", "down"]),
    )
    def launch(self, pick: int, happens: str) -> None:
        if (row := self.at(pick)) is not None:
            self.game.launch(row, (lambda: self._meanwhile(row, happens)) if happens else None)

    @rule(pick=PICK, then=st.booleans())
    def launch_twice_at_once(self, pick: int, then: bool) -> None:
        """Two registrations cross; the session of the first is ready, the second's is kept."""
        if (row := self.game.pick(pick, frozenset({"created", "ready_to_start"}))) is None:
            return
        if row["external_id"] is not None:
            staff.reset(self.game, "bea", row, None)
            row = self.game.pick(0) or row
        self.game.launch(row, lambda: self._meanwhile(row, "ready"))
        if then:
            self.game.act(self.game.now_of(row), LearnerAction.START)

    @rule(pick=PICK, minutes=st.sampled_from([29, 30, 31, 44, 45, 46]))
    def start_late(self, pick: int, minutes: int) -> None:
        """The vendor said "ready" some time ago."""
        if (row := self.bring(pick, frozenset({"ready_to_start"}))) is not None:
            self.game.move(timedelta(minutes=minutes))
            self.game.act(row, LearnerAction.START)

    def _meanwhile(self, row: Row, happens: str) -> None:
        game = self.game
        match happens:
            case "decline":
                staff.opt_out(game, game.now_of(row), by_lms=True)
            case "reset":
                staff.reset(game, "bea", game.now_of(row), None)
            case "launch":
                game.launch(game.now_of(row))
            case "ready":
                game.launch(game.now_of(row))
                game.session_call(game.now_of(row), "ready")
            case "days":
                game.move(timedelta(days=3))
                game.sweep()
            case "down":
                game.weather(row["vendor"], down=True)

    @rule(pick=PICK)
    def look(self, pick: int) -> None:
        if (row := self.at(pick)) is not None:
            self.game.look(row)

    @rule(pick=PICK, by_lms=st.booleans())
    def decline(self, pick: int, by_lms: bool) -> None:
        if (row := self.at(pick)) is not None:
            staff.opt_out(self.game, row, by_lms=by_lms)

    # -- vendor

    @rule(slug=SLUG, down=st.booleans(), status=st.sampled_from([None, None, *REFUSALS]))
    def vendor_changes(self, slug: str, down: bool, status: str | None) -> None:
        """It goes down or comes back; it asks for onboarding first, or does not."""
        self.game.weather(slug, down=down)
        refusal = None if status is None else AttemptStatus(status)
        self.game.vendor(slug).refuse_with = refusal

    @rule(
        pick=PICK, route=st.sampled_from(["ready", "entered", "ended", "fault"]), code=st.booleans()
    )
    def session(self, pick: int, route: str, code: bool) -> None:
        if (row := self.at(pick)) is not None:
            self.game.session_call(row, route, by_code=code)

    @rule(pick=PICK, status=STATUS, order=ORDER, named=NAMED, incidents=st.integers(0, 1))
    def review(
        self, pick: int, status: str, order: str | None, named: str | None, incidents: int
    ) -> None:
        found = [{"text": "music", "status": "Suspicious"}] * incidents
        if (row := self.at(pick)) is not None:
            self.game.review(row, review_body(status, found, reviewed_by=named, order=order))

    @rule(pick=PICK, status=STATUS, order=ORDER, named=NAMED)
    def review_of_finished(
        self, pick: int, status: str, order: str | None, named: str | None
    ) -> None:
        """Where most reviews go: to an attempt that waits for one, or had one."""
        if (row := self.bring(pick, REVIEWABLE)) is not None:
            self.game.review(row, review_body(status, reviewed_by=named, order=order))

    @rule(pick=PICK, early=st.lists(st.tuples(STATUS, NAMED), max_size=2), late=STATUS, named=NAMED)
    def review_around_the_end(
        self, pick: int, early: list[tuple[str, str | None]], late: str, named: str | None
    ) -> None:
        """Reviews while the exam runs, and one before the vendor has answered the stop notice."""
        if (row := self.bring(pick, frozenset(RUNNING))) is None:
            return
        for status, by in early:
            self.game.review(self.game.now_of(row), review_body(status, reviewed_by=by))
        self.game.act(row, LearnerAction.SUBMIT)
        self.game.review(self.game.now_of(row), review_body(late, reviewed_by=named))

    @rule(pick=PICK, which=st.integers(0, 3))
    def review_again(self, pick: int, which: int) -> None:
        """The same bytes as the latest, or as an older one."""
        row = self.at(pick)
        known = self.game.revisions.get(row["id"]) if row is not None else None
        if row is not None and known is not None and known.bodies:
            self.game.review(row, known.bodies[-1 - which % len(known.bodies)])

    @rule(pick=PICK, status=STATUS, how=st.sampled_from(["account", "proof", "id", "body", "code"]))
    def wrong_call(self, pick: int, status: str, how: str) -> None:
        """Another account's call, one without proof, one about nothing, one that makes no sense."""
        row = self.at(pick)
        if row is None or row["external_id"] is None:
            return
        tell, name, body = self.game.tell, row["external_id"], review_body(status)
        other = "alpha" if row["vendor"] == "beta" else "beta"
        match how:
            case "account":
                assert tell(other, "reviewed", name, body, persons=set()) == 404
            case "proof":
                tell(row["vendor"], "ready", name, proven=False, persons=set())
            case "id":
                assert tell(row["vendor"], "reviewed", "none", body, persons=set()) == 404
            case "code":
                assert tell(other, "ready", "none", code=row["code"], persons=set()) == 404
            case "body":
                assert tell(row["vendor"], "reviewed", "none", b"{", persons=set()) == 422

    @rule(
        slug=SLUG,
        name=st.sampled_from(LEARNERS),
        status=st.sampled_from(["verified", "rejected", "expired"]),
    )
    def onboarding(self, slug: str, name: str, status: str) -> None:
        self.game.onboarding(slug, name, status)

    @rule()
    def relay(self) -> None:
        self.game.relay()

    # -- staff

    @rule(pick=PICK, name=STAFF_NAME, word=st.sampled_from(DecisionWord))
    def decide(self, pick: int, name: str, word: DecisionWord) -> None:
        if (row := self.at(pick)) is not None:
            self.game.decide(name, row, word)

    @rule(pick=PICK, name=STAFF_NAME, word=st.sampled_from(DecisionWord))
    def decide_finished(self, pick: int, name: str, word: DecisionWord) -> None:
        """Where decisions are possible."""
        if (row := self.bring(pick, DECIDABLE)) is not None:
            self.game.decide(name, row, word)

    @rule(pick=PICK, name=STAFF_NAME, hours=HOURS)
    def reset(self, pick: int, name: str, hours: int | None) -> None:
        if (row := self.at(pick)) is not None:
            due = None if hours is None else self.game.clock() + timedelta(hours=hours)
            staff.reset(self.game, name, row, due)

    @rule(pick=PICK, name=STAFF_NAME, hours=HOURS, fails=st.booleans())
    def resume(self, pick: int, name: str, hours: int | None, fails: bool) -> None:
        row = self.bring(pick, frozenset(RUNNING)) if fails else self.at(pick)
        if row is not None and fails:
            self.game.session_call(row, "fault")
            row = self.game.now_of(row)
        if row is not None:
            due = None if hours is None else self.game.clock() + timedelta(hours=hours)
            staff.resume(self.game, name, row, due)

    @rule(pick=PICK)
    def retry(self, pick: int) -> None:
        if (row := self.at(pick)) is not None:
            staff.retry(self.game, row)

    @rule(
        names=st.lists(st.sampled_from(LEARNERS), min_size=1, unique=True),
        exams=st.lists(st.integers(0, 9), min_size=1, max_size=3, unique=True),
        minutes=st.sampled_from([5, 90]),
    )
    def allow(self, names: list[str], exams: list[int], minutes: int) -> None:
        staff.allow(self.game, names, [self.game.plan.exams[i] for i in exams], minutes)

    # -- the clock

    @rule(minutes=st.sampled_from([1, 5, 10, 10, 25, 31, 46, 61, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        self.game.move(timedelta(minutes=minutes))

    @rule()
    def sweep(self) -> None:
        self.game.sweep()

    @rule(exam=st.integers(0, 9), hours=ENDS, whole_course=st.booleans())
    def set_end(self, exam: int, hours: int | None, whole_course: bool) -> None:
        """The LMS moves a due date or the end of a course, even into the past."""
        seat = self.game.plan.exams[exam]
        end = None if hours is None else self.game.clock() + timedelta(hours=hours)
        if whole_course:
            staff.end_course(self.game, seat.course, end)
        else:
            staff.set_due(self.game, seat, end)
