"""What reviews lead to, and who may decide at which stage."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from proctor_hub.demo.client import HubRefused, path_of
from proctor_hub.domain.decisions import DecisionContext, may_decide
from proctor_hub.domain.reviews import Classification
from proctor_hub.domain.words import (
    VERDICTS,
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewOwner,
    ReviewStatus,
    Role,
)
from proctor_hub.services import people
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import Case
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import loaded, played, proctors
from proctor_hub.testing.kit.playing import reviewed, take
from proctor_hub.testing.kit.running import OPERATOR
from proctor_hub.testing.kit.sessions import TEAM
from proctor_hub.testing.kit.talk import word_for
from proctor_hub.vendors.deciding import DecisionRequest, ReviewFacts
from proctor_hub.vendors.quality import Tier

_CLASSIFY = "reference/hooks.md#classify_review"
_AUTHORIZE = "reference/hooks.md#authorize_decision"
_SUPPORT = "support-of-the-kit"
_QUEUES = {
    Classification.SECOND_REVIEW_SUPPORT: ReviewOwner.SUPPORT,
    Classification.SECOND_REVIEW_COURSE_TEAM: ReviewOwner.COURSE_TEAM,
}


def _facts(bench: Bench, status: ReviewStatus) -> Iterator[ReviewFacts]:
    for exam_type in sorted(bench.case.exam_types):
        for stage in (AttemptStatus.SUBMITTED, AttemptStatus.VERIFIED, AttemptStatus.REJECTED):
            for revision in (1, 2):
                yield ReviewFacts(
                    status=status,
                    exam_type=exam_type,
                    attempt_status=stage,
                    incident_count=3,
                    revision=revision,
                )


@check(
    "decisions-classified",
    Tier.BRONZE,
    why="A review without a meaning moves nothing, and the learner waits for ever.",
    about=_CLASSIFY,
    unless=loaded,
)
def classified(bench: Bench) -> None:
    """Every review status has a meaning for every exam type: clean and rules violations verify,
    suspicious never does, not reviewed waits."""
    vendor = bench.fresh_vendor()
    allowed = {
        ReviewStatus.PASSED: {Classification.VERIFY},
        ReviewStatus.VIOLATION: {Classification.VERIFY},
        ReviewStatus.SUSPICIOUS: {*_QUEUES, Classification.REJECT},
        ReviewStatus.NOT_REVIEWED: {Classification.WAIT},
    }
    for status, meanings in allowed.items():
        for facts in _facts(bench, status):
            found = vendor.classify_review(review=facts)
            demand(
                found in meanings,
                f"a {status} review of a {facts.exam_type} exam means {found}",
            )


def _requests(bench: Bench) -> Iterator[DecisionRequest]:
    every = product(
        DecisionKind, Role, sorted(bench.case.exam_types), AttemptStatus, (None, *ReviewOwner),
        (False, True),
    )  # fmt: skip
    for kind, role, exam_type, status, owner, there in every:
        yield DecisionRequest(
            kind=kind,
            role=role,
            exam_type=exam_type,
            attempt_status=status,
            owner=owner,
            in_vendor_dashboard=there,
        )


@check(
    "decisions-roles",
    Tier.BRONZE,
    why="Whoever is not entitled and decides all the same undoes every other safeguard.",
    about=_AUTHORIZE,
    unless=loaded,
)
def roles(bench: Bench) -> None:
    """At every stage learners, operators, the LMS, the vendor and the clock decide nothing, and
    a refusal says why."""
    vendor = bench.fresh_vendor()
    for request in _requests(bench):
        answer = vendor.authorize_decision(decision=request)
        what = f"{request.kind} by {request.role} at {request.attempt_status}"
        if answer.allowed:
            demand(request.role in (Role.SUPPORT, Role.COURSE_TEAM), f"{what} is allowed")
        else:
            demand(answer.reason.strip(), f"{what} is refused without a reason")


@check(
    "decisions-reachable",
    Tier.BRONZE,
    why="A second review that nobody may decide stays pending for ever.",
    about=_AUTHORIZE,
    unless=loaded,
)
def reachable(bench: Bench) -> None:
    """Whoever's queue a suspicious review goes to may pass it and fail it, and the other queue's
    role may not."""
    vendor = bench.fresh_vendor()
    for facts in _facts(bench, ReviewStatus.SUSPICIOUS):
        owner = _QUEUES.get(vendor.classify_review(review=facts))
        if owner is None:
            continue
        for kind, role in product((DecisionKind.PASS, DecisionKind.FAIL), ReviewOwner):
            request = DecisionRequest(
                kind=kind,
                role=Role(role.value),
                exam_type=facts.exam_type,
                attempt_status=AttemptStatus.SECOND_REVIEW_REQUIRED,
                owner=owner,
            )
            answer = vendor.authorize_decision(decision=request)
            if role is owner:
                demand(
                    answer.allowed,
                    f"{owner} may not {kind} its own second review: {answer.reason}",
                )
            else:
                demand(not answer.allowed, f"{role} may {kind} a second review of {owner}")


@check(
    "decisions-outcome",
    Tier.SILVER,
    why="A decision that ends as anything but what was decided is found out by the learner.",
    about="reference/hooks.md#apply_decision",
    unless=loaded,
)
def outcome(bench: Bench) -> None:
    """Pass verifies, fail rejects, an escalation keeps the status and names another queue."""
    vendor = bench.fresh_vendor()
    wanted = {DecisionKind.PASS: AttemptStatus.VERIFIED, DecisionKind.FAIL: AttemptStatus.REJECTED}
    for request in _requests(bench):
        context = DecisionContext(
            status=request.attempt_status,
            exam_type=request.exam_type,
            review_owner=request.owner,
        )
        if not may_decide(request.role, request.kind, context):
            continue  # the host itself refuses
        if not vendor.authorize_decision(decision=request).allowed:
            continue
        done = vendor.apply_decision(decision=request)
        if request.kind is DecisionKind.ESCALATE:
            demand(done.status not in VERDICTS, f"an escalation ends as {done.status}")
            demand(done.escalate_to is not request.owner, "an escalation leads to the same queue")
        else:
            demand(done.status is wanted[request.kind], f"{request.kind} ends as {done.status}")


def _needs_decider(case: Case) -> str:
    """Needs proctored exams and a word for suspicious."""
    if problem := proctors(ExamType.PROCTORED, played)(case):
        return problem
    if ReviewStatus.SUSPICIOUS in case.given.words.values():
        return ""
    return "`words` has no word for suspicious, so nothing needs a second review"


@check(
    "decisions-through-the-host",
    Tier.SILVER,
    why="Policy that reads well and does not fit the host's own rules is a queue nobody can empty.",
    about=_AUTHORIZE,
    unless=_needs_decider,
)
def through_the_host(bench: Bench) -> None:
    """A suspicious review of a proctored exam, sent by the vendor, is decided through the host by
    whom it lies with, and by nobody else."""
    people_of = {ReviewOwner.SUPPORT: _support(bench), ReviewOwner.COURSE_TEAM: TEAM}
    word = word_for(bench, ReviewStatus.SUSPICIOUS)
    for decision, verdict in (("pass", "verified"), ("fail", "rejected")):
        at = take(bench, ExamType.PROCTORED)
        reviewed(at, word)
        if at.status == AttemptStatus.REJECTED:
            return  # this vendor's policy fails it by itself; decisions-classified allows that
        owner = ReviewOwner(str(at.look(TEAM)["review"]["owner"]))
        body = {"decision": decision, "reason": "the kit looked at it"}
        path = path_of("attempts", at.code, "decisions")
        for other, user in people_of.items():
            if other is owner:
                continue
            try:
                bench.running.lms.call("POST", path, body, user=user)
            except HubRefused:
                continue
            raise Broken(f"a second review of {owner} is decided by {other}")
        bench.running.lms.call("POST", path, body, user=people_of[owner])
        demand(at.status == verdict, f"{decision} ends as {at.status}, not {verdict}")


def _support(bench: Bench) -> str:
    known = {"username": _SUPPORT, "full_name": "", "email": ""}
    bench.running.lms.call("PUT", path_of("people", _SUPPORT), known)
    people.grant_staff(bench.running.hub, OPERATOR, user_id=_SUPPORT, role=Role.SUPPORT)
    return _SUPPORT
