"""One play: a hub on a database of its own, everything that can be done to it, all of it checked.

Every method is one step: it calls the real service, reads the database anew and checks what must
hold (:mod:`tests.journeys.checks`), and what this very step had to do.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from proctor_hub import VendorUnavailable
from proctor_hub.domain.errors import DomainError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.jobs.notices import deliver_notice
from proctor_hub.services import callbacks, decisions
from proctor_hub.services.attempts import learner, reading
from proctor_hub.services.attempts.create import create_attempt
from proctor_hub.services.attempts.launch import launch
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.callbacks import Redirect
from proctor_hub.services.decisions import DecisionWord
from proctor_hub.services.errors import ServiceError, VendorDown
from proctor_hub.services.hub import Actor
from proctor_hub.storage import outbox
from proctor_hub.storage.people import pseudonym_for
from proctor_hub.vendors.receiving import CallbackRequest
from tests.journeys import checks
from tests.journeys.gradebook import Gradebook
from tests.journeys.ledger import Ledger, Row, Step, is_overdue
from tests.journeys.predictions import (
    Revisions,
    Sent,
    after_decision,
    after_held,
    after_review,
    takes_effect,
)
from tests.journeys.table import RUNNING, STOPPED, UNSTARTED
from tests.journeys.vendor import TalkativeVendor
from tests.journeys.world import READINESS, TEAM, ExamSeat, Plan, open_hub, person, roles_of
from tests.support import LMS, FakeClock, fake_vendor

Refusal = DomainError | ServiceError


class Game:
    """See the module's docstring. Close it when done."""

    def __init__(self, url: str, plan: Plan) -> None:
        self.clock = FakeClock()
        self.hub = open_hub(url, self.clock)
        self.plan = plan
        self.ledger = Ledger(self.hub)
        self.ledger.refresh()
        self.book = Gradebook()
        self.revisions: dict[int, Revisions] = {}
        self.held: dict[int, list[Sent]] = {}
        self.ready: dict[str, Any] = {}
        self.resumed: set[str] = set()
        self.budget: dict[str, int | None] = {}
        self.calls = 0
        self.crash: BaseException | None = None
        self.courses = {exam.pk: exam.course for exam in plan.exams}

    def close(self) -> None:
        self.hub.database.close()

    # -- the frame of every step

    def step(
        self,
        call: Callable[[], Any],
        *,
        persons: set[int] | None = None,
        reopens: int | None = None,
    ) -> Refusal | None:
        """Do it and check everything; the typed refusal, where there was one.

        :param persons: whose attempts it may change. :param reopens: the attempt that goes from an
            onboarding refusal back to ``created`` even if what follows fails.
        """
        refusal: Refusal | None = None
        try:
            call()
        except (DomainError, ServiceError) as error:
            refusal = error
        if self.crash is not None:
            raise self.crash
        step = self.ledger.refresh()
        if refusal is not None:
            self._refused(step, reopens)
        elif persons is not None:
            checks.only_touched(step, persons, self.clock())
        self._check(step)
        return refusal

    def _refused(self, step: Step, reopens: int | None) -> None:
        if reopens is None:
            checks.refusal_changed_nothing(step, self.clock())
            return
        before, after = step.before[reopens], step.after[reopens]
        tried_again = after["status"] == "created"
        if tried_again:
            assert before["status"] == "created" or before["status"].startswith("onboarding_")
        if tried_again or checks.session_taken_back(before, after):
            kept = {pk: row for pk, row in step.before.items() if pk != reopens}
            others = {pk: row for pk, row in step.after.items() if pk != reopens}
            step = Step(kept, others, step.history, step.decisions, step.reviews, step.events)
        checks.refusal_changed_nothing(step, self.clock())

    def _check(self, step: Step) -> None:
        checks.history_explains(self.ledger, step)
        checks.verdicts_stand(self.ledger, step)
        checks.at_most_one(step)
        checks.archived_stay(step)
        checks.only_ready_ones_start(step, self.ready, READINESS, self.clock())
        checks.revisions_count(self.ledger, step)
        checks.nothing_held_is_left(step)
        checks.times_make_sense(step)
        for event in step.events:
            assert event["seq"] == event["payload"]["sequence"]
            self.book.take(event["stream"], event["payload"])
        checks.lms_agrees(self.ledger, self.book, self.resumed)
        assert self.ledger.callbacks == self.calls, "a callback was lost"
        self._check_budgets()
        self._check_held(step)

    def _check_held(self, step: Step) -> None:
        """Early reviews were applied, in their order, by whatever the attempt reached submitted."""
        for pk in list(self.held):
            attempt = step.after[pk]
            if attempt["status"] in (*UNSTARTED, *RUNNING, *STOPPED) and attempt["live"]:
                continue
            held = self.held.pop(pk)
            if not attempt["live"] or attempt["status"] in ("error", "declined", "expired"):
                continue
            expected = after_held(attempt, held)
            assert not attempt["held"], ("reviews are still held", attempt)
            for name in ("status", "decided_role", "flagged"):
                assert attempt[name] == expected[name], (name, expected, attempt, held)

    def _check_budgets(self) -> None:
        for row in self.ledger.attempts.values():
            left = self.budget.get(row["code"])
            if left is not None and row["allowed_seconds"] is not None:
                assert row["allowed_seconds"] <= left, ("resumed with more than was left", row)

    # -- who and what

    def pick(self, index: int, statuses: frozenset[str] | None = None) -> Row | None:
        """An attempt in one of ``statuses`` (None: any), live ones first, newest first."""
        rows = [
            row
            for row in self.ledger.attempts.values()
            if statuses is None or row["status"] in statuses
        ]
        rows.sort(key=lambda row: (not row["live"], -row["id"]))
        return rows[index % len(rows)] if rows else None

    def now_of(self, row: Row) -> Row:
        """The attempt as it is after the last step."""
        return self.ledger.attempts[row["id"]]

    def vendor(self, slug: str) -> TalkativeVendor:
        found = fake_vendor(self.hub, slug)
        assert isinstance(found, TalkativeVendor)
        return found

    def learner_of(self, row: Row) -> Actor:
        names = {pk: name for name, pk in self.plan.people.items()}
        return person(self.plan, names[row["person_pk"]])

    # -- learner and LMS

    def create(self, name: str, exam: ExamSeat, *, by_lms: bool) -> None:
        actor = LMS if by_lms else person(self.plan, name)
        self.step(
            lambda: create_attempt(self.hub, actor, exam_pk=exam.pk, user_id=name),
            persons={self.plan.people[name]},
        )

    def act(self, row: Row, action: LearnerAction, *, by_lms: bool = False) -> Refusal | None:
        actor = LMS if by_lms else self.learner_of(row)
        return self.step(
            lambda: learner.act(self.hub, actor, row["code"], action),
            persons={row["person_pk"]},
        )

    def launch(self, row: Row, meanwhile: Callable[[], None] | None = None) -> None:
        """Launch; ``meanwhile`` happens while the vendor is being asked."""
        if row["vendor"] is not None and meanwhile is not None:
            self.vendor(row["vendor"]).meanwhile = self._guarded(meanwhile)
        refusal = self.step(
            lambda: launch(self.hub, LMS, row["code"], "en"),
            persons={row["person_pk"]},
            reopens=row["id"],
        )
        if row["vendor"] is not None:
            self.vendor(row["vendor"]).meanwhile = None
            if isinstance(refusal, VendorDown):
                assert self.vendor(row["vendor"]).fail_with is not None

    def _guarded(self, happens: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                happens()
            except BaseException as error:
                # The plugin's frame would make a vendor's fault of it.
                self.crash = error

        return guarded

    def look(self, row: Row) -> None:
        self.step(lambda: reading.get(self.hub, LMS, row["code"]), persons=set())
        assert not is_overdue(self.now_of(row), self.clock()), "access did not enforce the clock"

    # -- vendor

    def tell(
        self,
        slug: str,
        route: str,
        name: str,
        body: bytes = b"{}",
        *,
        proven: bool = True,
        code: str | None = None,
        persons: set[int] | None = None,
    ) -> int:
        """One call of a vendor account; the status it is answered."""
        request = CallbackRequest(
            route=route,
            method="POST",
            path=f"/callbacks/acme/{name}/{route}",
            path_params={"external_id": name},
            query={} if code is None else {"code": code},
            headers={},
            body=body,
            source_address="192.0.2.7",
            caller=f"{slug}-client" if proven else None,
        )
        replies: list[int] = []

        def call() -> None:
            reply = callbacks.receive(self.hub, slug, request)
            assert not isinstance(reply, Redirect)
            replies.append(reply.status)

        self.calls += 1
        mine = proven and any(
            row["external_id"] == name and row["vendor"] == slug
            for row in self.ledger.attempts.values()
        )
        if mine and route in ("ready", "entered"):
            self.ready[name] = self.clock()
        refusal = self.step(call, persons=persons)
        assert refusal is None, refusal
        if not proven:
            assert replies == [401]
        elif mine:
            assert replies == [200], (route, replies)
        return replies[0]

    def session_call(self, row: Row, route: str, *, by_code: bool = False) -> None:
        """A vendor's word on its own attempt."""
        if row["external_id"] is not None:
            code = row["code"] if by_code else None
            self.tell(
                row["vendor"], route, row["external_id"], code=code, persons={row["person_pk"]}
            )

    def review(self, row: Row, body: bytes) -> None:
        """A review of the vendor's own attempt, with what must follow."""
        if row["external_id"] is None:
            return
        if is_overdue(row, self.clock()) and row["held"]:
            self.look(row)
            row = self.now_of(row)
        sent = self._sent(row, body)
        known = self.revisions.setdefault(row["id"], Revisions())
        arrival = known.arrival(sent)
        settled = self._settled(row)
        expected = self._with_held(settled, sent, arrival)
        if expected == "timed_out" and row["vendor"] == "beta":
            expected = "submitted"
        self.tell(row["vendor"], "reviewed", row["external_id"], body, persons={row["person_pk"]})
        after = self.now_of(row)
        assert after["status"] == expected, (settled["status"], sent, arrival, after)
        stored = arrival != "same"
        assert after["revision"] == row["revision"] + stored, (arrival, sent)
        unfinished = settled["status"] in (*UNSTARTED, *RUNNING) and row["live"]
        if unfinished and row["exam_type"] != "practice" and takes_effect(row, sent, arrival):
            self.held.setdefault(row["id"], []).append(sent)
        if stored:
            latest = arrival != "late" or takes_effect(row, sent, arrival)
            known.take(sent, becomes_latest=latest)

    def _with_held(self, settled: Row, sent: Sent, arrival: str) -> str:
        """The status to expect; a review that confirms the end comes after those held."""
        expected = after_review(settled, sent, arrival)
        if expected != settled["status"] and settled["status"] in STOPPED:
            applied = after_held(settled, self.held.pop(settled["id"], []))
            return after_review(applied, sent, arrival)
        return expected

    def _settled(self, row: Row) -> Row:
        if not is_overdue(row, self.clock()):
            return row
        return {**row, "status": "timed_out" if row["status"] in RUNNING else "expired"}

    def _sent(self, row: Row, body: bytes) -> Sent:
        data = json.loads(body)
        named = (data.get("reviewed_by") or "").lower().removesuffix("@example.org")
        course = self.courses[row["exam_pk"]]
        return Sent(body, data["status"], data.get("order"), named in TEAM[course])

    def onboarding(self, slug: str, name: str, status: str) -> None:
        """The vendor tells of a learner's profile."""
        pk = self.plan.people[name]
        pseudonym = self.hub.database.write(lambda conn: pseudonym_for(conn, pk, slug))
        body = json.dumps({"status": status}).encode()
        assert self.tell(slug, "onboarding", pseudonym, body, persons=set()) == 200

    def weather(self, slug: str, *, down: bool) -> None:
        self.vendor(slug).fail_with = VendorUnavailable("down for the test") if down else None

    def relay(self) -> None:
        """The notices that wait go to the vendors, in order; what fails stays."""
        for slug in READINESS:
            self.step(lambda slug=slug: self._deliver(slug))  # type: ignore[misc]

    def _deliver(self, slug: str) -> None:
        with self.hub.database.read() as conn:
            rows = outbox.waiting(conn, f"vendor:{slug}", now=self.clock(), busy=(), count=1000)
        stuck: set[str] = set()
        for row in rows:
            if row.stream in stuck:
                continue
            try:
                deliver_notice(self.hub, slug, row)
            except DeliveryFailed:
                assert self.vendor(slug).fail_with is not None
                stuck.add(row.stream)
                continue
            ids, at = [row.id], self.clock()
            self.hub.database.write(lambda conn, i=ids, a=at: outbox.mark_delivered(conn, i, a))  # type: ignore[misc]

    # -- staff

    def decide(self, name: str, row: Row, word: DecisionWord) -> None:
        """A decision, allowed or refused as §2 and §5 say."""
        expected = after_decision(row, roles_of(name, self.courses[row["exam_pk"]]), word)
        actor = person(self.plan, name)
        refusal = self.step(
            lambda: decisions.decide(self.hub, actor, row["code"], word, reason="seen"),
            persons={row["person_pk"]},
        )
        if expected is None:
            assert refusal is not None, ("nobody may do this", name, word, row)
        else:
            assert refusal is None, (name, word, row, refusal)
            assert self.now_of(row)["status"] == expected
            if word is DecisionWord.ESCALATE:
                assert self.now_of(row)["review_owner"] == "course_team"

    # -- the clock

    def move(self, delta: timedelta) -> None:
        self.clock.at += delta

    def sweep(self) -> None:
        self.step(lambda: sweep(self.hub))
        late = [r for r in self.ledger.attempts.values() if is_overdue(r, self.clock())]
        assert not late, ("the sweep left", late)
