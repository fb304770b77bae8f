"""Random sequences of causes: no illegal state, no human verdict undone by a machine (§3, §4)."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from proctor_hub.domain.errors import IllegalMove
from proctor_hub.domain.moves import Cause, ensure_move
from proctor_hub.domain.reviews import Classification, ReviewSituation, disposition
from proctor_hub.domain.words import RUNNING, VERDICTS, AttemptStatus, ExamType


class AttemptMachine(RuleBasedStateMachine):
    """One attempt, moved by whatever comes."""

    @initialize(exam_type=st.sampled_from(ExamType))
    def begin(self, exam_type: ExamType) -> None:
        self.exam_type = exam_type
        self.history = [AttemptStatus.CREATED]
        self.verdict: AttemptStatus | None = None

    @property
    def status(self) -> AttemptStatus:
        return self.history[-1]

    @rule(target_status=st.sampled_from(AttemptStatus), cause=st.sampled_from(Cause))
    def try_move(self, target_status: AttemptStatus, cause: Cause) -> None:
        before = self.status
        try:
            ensure_move(
                before,
                target_status,
                by=cause,
                exam_type=self.exam_type,
                decided=self.verdict is not None,
            )
        except IllegalMove:
            return
        self.history.append(target_status)
        if cause is Cause.DECISION:
            self.verdict = target_status

    @rule(classification=st.sampled_from(Classification))
    def review(self, classification: Classification) -> None:
        situation = ReviewSituation(
            status=self.status, exam_type=self.exam_type, decided=self.verdict is not None
        )
        outcome = disposition(situation, classification)
        for target_status in outcome.moves:
            ensure_move(
                self.status,
                target_status,
                by=outcome.cause,
                exam_type=self.exam_type,
                decided=self.verdict is not None,
            )
            self.history.append(target_status)

    @invariant()
    def no_verdict_of_a_person_is_undone(self) -> None:
        assert self.verdict in (None, self.status)

    @invariant()
    def only_reviewed_exams_have_verdicts(self) -> None:
        assert self.exam_type.is_reviewed or not VERDICTS & set(self.history)

    @invariant()
    def nothing_runs_unless_the_vendor_was_ready(self) -> None:
        if self.exam_type.needs_vendor and RUNNING & set(self.history):
            first = min(i for i, status in enumerate(self.history) if status in RUNNING)
            assert self.history[first - 1] is AttemptStatus.READY_TO_START

    @invariant()
    def what_ended_never_runs_again(self) -> None:
        ended = [i for i, s in enumerate(self.history) if s in _ENDED]
        assert not ended or not RUNNING & set(self.history[ended[0] :])


_ENDED = {
    AttemptStatus.COMPLETED,
    AttemptStatus.TIMED_OUT,
    AttemptStatus.DECLINED,
    AttemptStatus.EXPIRED,
    AttemptStatus.ERROR,
}

TestAttemptMachine = AttemptMachine.TestCase
TestAttemptMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
