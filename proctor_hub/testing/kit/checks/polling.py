"""Asking a vendor that cannot call back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from proctor_hub.domain.words import ReviewStatus
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import able, played
from proctor_hub.testing.kit.checks.words import demand_for_people, demand_kept, review_in
from proctor_hub.testing.kit.playing import hear, reviewed, take
from proctor_hub.testing.kit.sessions import Session
from proctor_hub.testing.kit.subjects import a_subject
from proctor_hub.testing.kit.talk import word_for
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.receiving import CallbackEvent, ReviewReceived
from proctor_hub.vendors.subjects import Attempt, Capability

_ABOUT = "reference/hooks.md#poll_reviews"
_POLLED = able(Capability.POLLING, played)


def _asked(at: Session) -> Attempt:
    attempt = a_subject(at.exam_type).attempt
    return replace(attempt, code=at.code, external_id=at.external_id)


def _news(bench: Bench, *sessions: Session) -> tuple[CallbackEvent, ...]:
    """What the plugin, loaded anew, is told about these sessions."""
    return bench.fresh_vendor().poll_reviews(attempts=tuple(map(_asked, sessions)))


@check(
    "polling-words",
    Tier.SILVER,
    why="A word that means something else here than at the vendor passes the wrong people.",
    about=_ABOUT,
    unless=_POLLED,
)
def words(bench: Bench) -> None:
    """Each word of the vendor's table, asked for, becomes what the table says and is kept as it
    came; an unknown one goes to people."""
    given = bench.case.given
    demand(given.words, "`words` of the test class is empty: the vendor's table of review words")
    for word, meaning in given.words.items():
        at = take(bench, bench.case.usual_exam_type)
        reviewed(at, word)
        event = review_in(_reviews(_news(bench, at)))
        demand(event.status is meaning, f"{word!r} becomes {event.status}, not {meaning}")
        demand_kept(event, word)
    at = take(bench, bench.case.usual_exam_type)
    before = _news(bench, at)
    given.send_review(at, given.unknown_word)
    news = tuple(event for event in _news(bench, at) if event not in before)
    demand_for_people(news, given.unknown_word)


def _reviews(events: tuple[CallbackEvent, ...]) -> tuple[CallbackEvent, ...]:
    return tuple(event for event in events if isinstance(event, ReviewReceived))


@check(
    "polling-own",
    Tier.BRONZE,
    why="The hub refuses news of attempts it did not ask about, and tells an operator of each.",
    about=_ABOUT,
    unless=_POLLED,
)
def own(bench: Bench) -> None:
    """What is told is about the attempts that were asked about, and about all of them."""
    word = word_for(bench, ReviewStatus.PASSED)
    one, other = (take(bench, bench.case.usual_exam_type) for _ in range(2))
    for at in (one, other):
        reviewed(at, word)
    for asked in ((), (one,), (other,), (one, other)):
        told = {_meant(event) for event in _news(bench, *asked)}
        wanted = {at.external_id.casefold() for at in asked}
        named = {at.code: at.external_id.casefold() for at in (one, other)}
        told = {named.get(name, name) for name in told}
        demand(told == wanted, f"asked about {len(wanted)} attempts, it tells of {len(told)}"
               f"{', and of others' if told - wanted else ''}")  # fmt: skip


def _meant(event: CallbackEvent) -> str:
    attempt = getattr(event, "attempt", None)
    if attempt is None:
        return "nobody"
    return (attempt.external_id or "").casefold() or str(attempt.attempt_code)


@check(
    "polling-again",
    Tier.BRONZE,
    why="The hub asks every few minutes; what looks new each time is a new review each time.",
    about=_ABOUT,
    unless=_POLLED,
)
def again(bench: Bench) -> None:
    """Asked again later, the vendor says the same, and the hub keeps one revision."""
    at = take(bench, bench.case.usual_exam_type)
    reviewed(at, word_for(bench, ReviewStatus.PASSED))
    before, revisions = _news(bench, at), len(at.revisions())
    bench.clock.ahead = bench.fresh_vendor().description.poll_every
    later = _news(bench, at)
    hear(bench)
    bench.clock.ahead = timedelta(0)
    demand(later == before, "asked again, with no news, it tells something else")
    demand(len(at.revisions()) == revisions, "a review that was told twice is two revisions")
