"""Recording: the story is played with a real vendor or a sandbox, and what went over is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from proctor_hub.domain.words import ExamType
from proctor_hub.errors import ConfigurationError
from proctor_hub.testing.recorded.account import RecordedAccount
from proctor_hub.testing.recorded.names import forms
from proctor_hub.testing.recorded.scrub import Scrubber
from proctor_hub.testing.recorded.stage import EMAIL, FIRST, LAST, Stage
from proctor_hub.testing.recorded.story import RecordedExchange, Recording, Step
from proctor_hub.testing.recorded.wire import answer_of, prepared, request_of
from proctor_hub.vendors.listening import Exchange
from proctor_hub.vendors.subjects import Capability

ACCOUNT = "account"
"""The story without an exam."""

ONBOARD, READY, FINISH = "onboard", "ready", "finish"

Act = Callable[[str, Mapping[str, str]], bool]
"""Has somebody act at the vendor: ``onboard`` (the learner gets a valid profile), ``ready`` (the
session becomes ready), ``finish`` (the tool is closed); told ``attempt_code``, ``external_id``,
``pseudonym``, ``course_id``. False: nobody can."""


def nobody(_what: str, _values: Mapping[str, str]) -> bool:
    """Nobody acts at the vendor."""
    return False


@dataclass(slots=True)
class _Session:
    account: RecordedAccount
    stage: Stage
    clock: Callable[[], datetime]
    act: Act
    steps: list[Step] = field(default_factory=list)
    meanwhile: tuple[str, ...] = ()

    def person(self, what: str, number: int = 1) -> bool:
        done = self.act(what, self.stage.values(number))
        self.meanwhile += (what,) if done else ()
        return done

    def step(self, hook: str, number: int = 1) -> None:
        before = len(self.account.http.exchanges)
        outcome = self.stage.call(hook, number)
        made = self.account.http.exchanges[before:]
        # First what was sent and answered, as in a replay: values get their names in this order.
        exchanges = tuple(_kept(one, self.account) for one in made)
        hidden = Scrubber(self.account.names, self.clock()).hide(outcome)
        self.steps.append(
            Step(
                call=hook,
                attempt=number,
                outcome=hidden,
                meanwhile=self.meanwhile,
                exchanges=exchanges,
            )
        )
        self.meanwhile = ()


def record(
    account: RecordedAccount, story: str, *, clock: Callable[[], datetime], act: Act | None = None
) -> Recording:
    """Play a story with the account's vendor.

    :param story: ``account``, or an exam type the vendor has. :param account: loaded for this
        story alone, so that it fetches its own tokens. :param clock: the account's.
    :param act: has somebody act at the vendor; None: nobody does.
    :raises ConfigurationError: what was recorded cannot be kept: see :func:`ensure_clean`.
    """
    exam_type = ExamType.PROCTORED if story == ACCOUNT else ExamType(story)
    stage = Stage(
        account.vendor,
        account.names,
        exam_type=exam_type,
        public_url=account.public_url,
        now=clock(),
    )
    session = _Session(account, stage, clock, act or nobody)
    if story == ACCOUNT:
        _account(session)
    else:
        _exam(session)
    recording = Recording(story=story, steps=tuple(session.steps))
    ensure_clean(recording.text(), account, stage)
    return recording


def stories(account: RecordedAccount) -> tuple[str, ...]:
    """The stories there are with this vendor."""
    about = account.vendor.description
    alone = {Capability.HEALTH_CHECK, Capability.RULES_CATALOG} & about.capabilities
    return ((ACCOUNT,) if alone else ()) + tuple(sorted(map(str, about.exam_types)))


def ensure_clean(text: str, account: RecordedAccount, stage: Stage) -> None:
    """Nothing in ``text`` that must not be in a file: the last look, whatever hid it before.

    :raises ConfigurationError: there is; names what, never the value.
    """
    personal = {
        "the learner's name": FIRST,
        "the learner's family name": LAST,
        "the learner's e-mail": EMAIL,
        "the learner's pseudonym": stage.learner.pseudonym,
        **{f"the code of attempt {n}": one.code for n, one in stage.attempts.items()},
    }
    known = account.names.found_anywhere()
    for what, value in {**account.secrets, **personal, **known}.items():
        if any(form in text for form in forms(value)):
            raise ConfigurationError(
                f"The recording would hold {what}, so it is not kept. A value that is short or a "
                "common word is found where it is not meant: use another for the account."
            )


def _account(session: _Session) -> None:
    vendor = session.account.vendor
    for capability, hook in (
        (Capability.HEALTH_CHECK, "health_check"),
        (Capability.RULES_CATALOG, "rules_catalog"),
    ):
        if vendor.can(capability):
            session.step(hook)


def _exam(session: _Session) -> None:
    vendor = session.account.vendor
    if vendor.can(Capability.EXAM_SYNC):
        session.step("sync_exam")
        session.step("sync_exam")  # an update now
    if _registered(session, 1):
        _sitting(session)
    if vendor.can(Capability.ONBOARDING):
        session.step("onboarding_status")
    if vendor.can(Capability.SESSION_NOTICES) and _registered(session, 2):
        session.step("session_errored", 2)
    for number in _known(session):
        if vendor.can(Capability.SESSION_REMOVAL):
            session.step("session_removed", number)
    if vendor.can(Capability.LEARNER_RETIREMENT):
        session.step("retire_learner")


def _registered(session: _Session, number: int) -> bool:
    session.step("register_attempt", number)
    if session.stage.refused and session.person(ONBOARD, number):
        session.step("register_attempt", number)
    return session.stage.attempt(number).external_id is not None


def _sitting(session: _Session) -> None:
    vendor = session.account.vendor
    session.step("learner_instructions")
    session.step("launch_session")
    session.person(READY)
    if vendor.can(Capability.SESSION_NOTICES):
        session.step("session_started")
        session.step("session_stopped")
    session.person(FINISH)
    if vendor.can(Capability.POLLING):
        session.step("poll_reviews")
    if vendor.can(Capability.DECISION_NOTICES):
        session.step("session_decided")


def _known(session: _Session) -> Iterator[int]:
    for number, attempt in list(session.stage.attempts.items()):
        if attempt.external_id is not None:
            yield number


def _kept(exchange: Exchange, account: RecordedAccount) -> RecordedExchange:
    scrubber = Scrubber(account.names, exchange.midway)
    request = request_of(prepared(exchange), scrubber)
    return RecordedExchange(request=request, answer=answer_of(exchange, scrubber))
