"""What a learner's page of an exam shows, for every status and exam type."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proctor_hub.domain.errors import DomainError
from proctor_hub.domain.exams import ensure_opt_out, ensure_track
from proctor_hub.domain.lifecycle import ensure_may_retry
from proctor_hub.domain.onboarding import APPROVED
from proctor_hub.domain.results import result_word, status_sentence
from proctor_hub.domain.timing import first_end, limit_seconds, readiness_lapsed
from proctor_hub.domain.words import (
    ONBOARDING_REFUSALS,
    RUNNING,
    UNSTARTED,
    AttemptStatus,
    ExamType,
    OnboardingStatus,
    Track,
)
from proctor_hub.services.attempts import launch, own
from proctor_hub.services.attempts.own import OwnExam
from proctor_hub.services.attempts.reading import TimeLeft, time_left
from proctor_hub.services.attempts.vendors import heartbeat_of, patience, readiness_lifetime
from proctor_hub.services.contacts import Contact, contact_for, support_of
from proctor_hub.services.errors import ServiceError
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.vendors import known_rules, rules_catalogue
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.launching import (
    FormPostPlan,
    HeartbeatPlan,
    LaunchPlan,
    RedirectPlan,
)
from proctor_hub.web.pages import words
from proctor_hub.web.pages.learner import sentences
from proctor_hub.web.pages.vendor_pages import safe_address

S = AttemptStatus


class Stage(StrEnum):
    """Where the learner is on the way through an exam; each has a part of the page."""

    ENTRANCE = "entrance"
    CLOSED = "closed"
    SETUP = "setup"
    REFUSED = "refused"
    READY = "ready"
    RUNNING = "running"
    SUBMITTING = "submitting"
    OVER = "over"


_SHOWS_RULES = frozenset({Stage.ENTRANCE, Stage.SETUP, Stage.READY})


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamView:
    """All that the template shows. Texts are English and pass through ``say``.

    :param record: the live attempt; its code and the vendor's id never reach the page but by the
        vendor's own plan. :param read_only: somebody looks as the learner: nothing can be done.
    :param seconds: allowed time, limit and allowance, as fixed or as it would be now.
    :param available: less than that, where the due date or course end comes first; else None.
    :param why_not: why the exam cannot begin. :param onboarding: what is missing before it.
    :param plan: the way into the session. :param problem: why there is none just now.
    :param plan_address: where the plan leads; may be empty.
    :param heartbeat: how the page watches the proctoring software; None: not now, or not at all.
    :param in_window: content may be shown in this browser, as far as the vendor is concerned.
    :param seen: changes whenever the page should be loaded anew.
    """

    exam: OwnExam
    record: AttemptRecord | None
    stage: Stage
    read_only: bool
    sentence: str
    result: words.Badge | None
    next_steps: tuple[str, ...]
    seconds: int
    available: int | None
    until: datetime | None
    due_at: datetime | None
    rules: Mapping[str, bool]
    why_not: str = ""
    onboarding: str = ""
    may_opt_out: bool = False
    may_retry: bool = False
    plan: LaunchPlan | None = None
    plan_address: str = ""
    problem: str = ""
    heartbeat: HeartbeatPlan | None = None
    lapsed: bool = False
    in_window: bool = True
    time: TimeLeft | None = None
    seen: str = ""

    @property
    def plan_kind(self) -> str:
        """The name of the plan's type, by which the template shows it; empty without a plan."""
        return "" if self.plan is None else type(self.plan).__name__

    def whom(self, site_email: str) -> Contact:
        """Whom the learner may ask about the exam."""
        return contact_for(self.exam.course, self.exam.vendor, site_email)

    @property
    def software_help(self) -> Contact | None:
        """Whom to ask about the proctoring software; None: its vendor names nobody."""
        found = support_of(self.exam.vendor)
        return None if found == Contact() else found

    @property
    def exam_type(self) -> ExamType:
        """The attempt's type, else the exam's."""
        return self.exam.facts.exam_type if self.record is None else self.record.exam_type


def exam_view(
    hub: Hub,
    who: Actor | int,
    exam_pk: int,
    language: str,
    *,
    read_only: bool = False,
    proven_attempt_pk: int | None = None,
) -> ExamView:
    """The page of an exam, for its learner or for somebody who looks as that learner.

    :param who: the learner who asks; or a learner's key, where the caller has checked that it may
        be looked at: then it is read-only in any case. A read-only view calls no vendor.
    :param proven_attempt_pk: the attempt whose exam window this browser is.
    :raises NotFound: no such exam of this learner.
    """
    if isinstance(who, int):
        found, actor = own.exam_of(hub, who, exam_pk), None
    else:
        found, actor = own.own_exam(hub, who, exam_pk), None if read_only else who
    record = found.record
    lapsed = _lapsed(hub, record)
    stage = _stage(hub, found)
    plan, problem = _plan(hub, actor, record, stage, language, lapsed=lapsed)
    seconds = _seconds(found)
    until = first_end(_due(found), found.course.ends_at)
    status = None if record is None else record.status
    window = in_window(found, proven_attempt_pk)
    word = None if status is None else result_word(status, found.facts.exam_type)
    return ExamView(
        exam=found,
        record=record,
        stage=stage,
        read_only=actor is None,
        sentence="" if status is None else status_sentence(status, found.facts.exam_type),
        result=None if word is None else words.RESULTS[word],
        next_steps=() if record is None else sentences.next_steps(record, found.ended_by),
        seconds=seconds,
        available=_available(hub, seconds, until, status),
        until=until,
        due_at=_due(found),
        rules=_rules(hub, found, language, ask=actor is not None and stage in _SHOWS_RULES),
        why_not=_why_not(hub, found) if stage is Stage.CLOSED else "",
        onboarding=_onboarding(found),
        may_opt_out=stage is not Stage.CLOSED and _may_opt_out(found),
        may_retry=_may_retry(hub, found, until),
        plan=plan,
        plan_address="" if plan is None else _address(plan),
        heartbeat=_heartbeat(hub, found.record) if window and actor is not None else None,
        problem=problem,
        lapsed=lapsed,
        in_window=window,
        time=None if record is None else time_left(hub, record),
        seen=seen_of(hub, record),
    )


def in_window(found: OwnExam, proven_attempt_pk: int | None) -> bool:
    """This browser is the exam's window: any one is, but where it is the vendor's own."""
    if found.vendor is None or not found.vendor.needs_exam_proof:
        return True
    return found.record is not None and found.record.id == proven_attempt_pk


def seen_of(hub: Hub, record: AttemptRecord | None) -> str:
    """Changes whenever a page that waits for the vendor should be loaded anew."""
    lapsed = _lapsed(hub, record)
    return "" if record is None else f"{record.id}.{record.version}.{int(lapsed)}"


def _stage(hub: Hub, found: OwnExam) -> Stage:
    if found.record is None:
        return Stage.CLOSED if _why_not(hub, found) else Stage.ENTRANCE
    status = found.record.status
    if status in ONBOARDING_REFUSALS:
        return Stage.REFUSED
    timed = not found.record.exam_type.needs_vendor
    if status is S.READY_TO_START or (timed and status is S.CREATED):
        return Stage.READY
    if status in UNSTARTED:
        return Stage.SETUP
    return {S.STARTED: Stage.RUNNING, S.READY_TO_SUBMIT: Stage.SUBMITTING}.get(status, Stage.OVER)


def _lapsed(hub: Hub, record: AttemptRecord | None) -> bool:
    if record is None or record.status is not S.READY_TO_START:
        return False
    return readiness_lapsed(record.ready_at, readiness_lifetime(hub, record.vendor), hub.now())


def _plan(
    hub: Hub,
    actor: Actor | None,
    record: AttemptRecord | None,
    stage: Stage,
    language: str,
    *,
    lapsed: bool,
) -> tuple[LaunchPlan | None, str]:
    """The vendor's plan where the learner needs it now; else nothing, or why there is none."""
    if record is None or not (stage is Stage.SETUP or lapsed):
        return None, ""
    if record.external_id is None:
        # A look opens no session: the learner asks for that with a button.
        return None, sentences.NO_SESSION
    if actor is None:
        return None, ""
    try:
        plan = launch.launch(hub, actor, record.code, language).plan
        if plan is not None and _address(plan):
            safe_address(_address(plan))
        return plan, ""
    except ServiceError:
        return None, sentences.VENDOR_SILENT


def _address(plan: LaunchPlan) -> str:
    return plan.url if isinstance(plan, RedirectPlan | FormPostPlan) else plan.download_url


def _heartbeat(hub: Hub, record: AttemptRecord | None) -> HeartbeatPlan | None:
    if record is None or record.status not in RUNNING:
        return None
    plan = heartbeat_of(hub, record.vendor)
    return plan if plan.interval is not None and plan.url else None


def _seconds(found: OwnExam) -> int:
    record = found.record
    fixed = None if record is None else record.allowed_seconds or record.seconds_left
    return fixed or limit_seconds(found.facts.limit_minutes, found.facts.allowance)


def _due(found: OwnExam) -> datetime | None:
    return found.facts.due_at if found.record is None else found.record.effective_due_at


def _available(
    hub: Hub, seconds: int, until: datetime | None, status: AttemptStatus | None
) -> int | None:
    if until is None or (status is not None and status not in UNSTARTED):
        return None
    left = int((until - hub.now()).total_seconds())
    return left if 0 < left < seconds else None


def _rules(hub: Hub, found: OwnExam, language: str, *, ask: bool) -> Mapping[str, bool]:
    """The exam's rules by what its vendor calls them; by key where it calls them nothing.

    :param ask: the vendor may be asked, as seldom as its catalogue allows.
    """
    rules, slug = found.facts.rules, found.facts.vendor
    if not rules or slug is None:
        return {}
    if ask:
        with patience(hub), suppress(ServiceError):
            rules_catalogue(hub, slug, language)
    labels = known_rules(hub, slug, language) or known_rules(hub, slug) or {}
    return {labels.get(key) or words.rule(key): on for key, on in rules.items()}


def _why_not(hub: Hub, found: OwnExam) -> str:
    facts = found.facts
    if facts.retired_at is not None or not facts.is_active:
        return sentences.NOT_OFFERED
    if found.taken_before:
        return sentences.TAKEN_BEFORE
    try:
        ensure_track(facts.exam_type, None if facts.track is None else Track(facts.track))
    except DomainError:
        return sentences.OTHER_TRACK
    end = first_end(facts.due_at, facts.course_ends_at)
    if end is not None and hub.now() >= end:
        return sentences.TOO_LATE
    return ""


def _onboarding(found: OwnExam) -> str:
    if found.facts.exam_type is not ExamType.PROCTORED or found.profile is None:
        return ""
    return "" if found.profile in APPROVED else sentences.ONBOARDING[found.profile]


def _may_opt_out(found: OwnExam) -> bool:
    status = None if found.record is None else found.record.status
    allowed = found.course.allow_opt_out
    try:
        ensure_opt_out(found.facts.exam_type, allowed=allowed, status=status)
    except DomainError:
        return False
    return True


def _may_retry(hub: Hub, found: OwnExam, until: datetime | None) -> bool:
    record = found.record
    if record is None or (until is not None and hub.now() >= until):
        return False
    profile: OnboardingStatus | None = found.profile
    try:
        ensure_may_retry(record.exam_type, record.status, archived=False, profile=profile)
    except DomainError:
        return False
    return True
