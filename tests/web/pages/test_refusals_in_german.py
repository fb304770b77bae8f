"""A refusal with a word of the field in it is said in the reader's language, the word included."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from proctor_hub.domain import decisions, exams, lifecycle, moves, timing, words
from proctor_hub.domain.decisions import DecisionContext
from proctor_hub.domain.errors import DomainError
from proctor_hub.domain.labels import label
from proctor_hub.domain.told import Told, sentence_of
from proctor_hub.domain.words import (
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewOwner,
    Role,
    Track,
)
from proctor_hub.texts import Texts
from proctor_hub.web.pages import rendering, speech
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site, a_site

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
KINDS = (AttemptStatus, ExamType, Role, DecisionKind, Track, moves.Cause)
GERMAN = {"support", "clock"}
"""Words that a German sentence may hold for another reason."""
RAW = re.compile(
    r"\b(" + "|".join({one.value for kind in KINDS for one in kind} - GERMAN) + r")\b",
)


def _questions() -> Iterator[Callable[[], object]]:
    for before, after, cause, kind in itertools.product(
        AttemptStatus, AttemptStatus, moves.Cause, ExamType
    ):
        yield partial(moves.ensure_move, before, after, by=cause, exam_type=kind)
    for role, kind, status, owner, exam_type in itertools.product(
        Role, DecisionKind, AttemptStatus, (None, *ReviewOwner), ExamType
    ):
        context = DecisionContext(status=status, exam_type=exam_type, review_owner=owner)
        yield partial(decisions.ensure_may_decide, role, kind, context)
    for role, status in itertools.product(Role, AttemptStatus):
        yield partial(lifecycle.ensure_may_reset, role, archived=False)
        yield partial(lifecycle.ensure_may_resume, role, status, archived=False)
    for exam_type, status in itertools.product(ExamType, AttemptStatus):
        yield partial(lifecycle.ensure_may_retry, exam_type, status, archived=False)
        yield partial(exams.ensure_opt_out, exam_type, allowed=True, status=status)
        yield partial(timing.ensure_allowance_in_time, status)
        yield partial(exams.ensure_time_limit, exam_type, None)
        for track in (None, *Track):
            yield partial(exams.ensure_track, exam_type, track)
        for proctoring_on, vendor in ((False, None), (True, None), (True, "acme")):
            yield partial(
                exams.ensure_creatable,
                exam_type,
                proctoring_on=proctoring_on,
                vendor=vendor,
                supported=[one for one in ExamType if one is not exam_type],
            )
        for other in ExamType:
            yield partial(exams.ensure_type_change, exam_type, other, has_attempts=True)
    yield partial(timing.ensure_not_past_due, NOON, NOON, None)


def test_no_refusal_of_the_domain_holds_a_word_of_the_api() -> None:
    german, refused = speech.choose(["de"]), set[str]()
    for ask in _questions():
        try:
            ask()
        except DomainError as error:
            sentence = sentence_of(error)
            said = german.say(sentence)
            assert RAW.findall(said) == [], said
            refused.add(sentence.template if isinstance(sentence, Told) else sentence)
    assert len(refused) >= 18, refused


@pytest.mark.parametrize("word", [one for kind in KINDS if kind is not moves.Cause for one in kind])
def test_every_word_has_a_label(word: AttemptStatus) -> None:
    assert label(word) == word.value and label(word).template != ""
    assert speech.choose(["de"]).say(label(word)) != ""


def test_words_that_are_spelt_alike_have_their_own_labels() -> None:
    said = [
        rendering._said(speech.choose([""]), label(one))
        for one in (AttemptStatus.VERIFIED, words.Track.VERIFIED)
    ]
    assert said == ["Verified", "verified track"]


def test_a_plugin_may_put_a_point_in_time_into_a_text() -> None:
    made = Texts.of("proctor_hub_rpnow").told("It ended at %(when)s.", when=NOON)
    assert made == "It ended at 2026-11-27 12:00 UTC."
    assert rendering._said(speech.choose(["de"]), made) == "It ended at 2026-11-27 12:00 UTC."


def test_values_are_escaped_and_times_are_times() -> None:
    made = Told("%(name)s & %(when)s <b>", {"name": "<i>", "when": NOON})
    assert rendering._said(speech.choose([""]), made) == (
        '&lt;i&gt; &amp; <time datetime="2026-11-27T12:00:00+00:00" title="2026-11-27 12:00 UTC">'
        "2026-11-27 12:00 UTC</time> &lt;b&gt;"
    )


def test_claim_refusals_in_german(sqlite_url: str) -> None:
    with a_site(sqlite_url, vendors={"acme": {"second_review_owner": ReviewOwner.SUPPORT}}) as site:
        site.course()
        site.person("ann", course_id=COURSE)
        code = site.taken(site.exam(), "ann")
        site.review(code, "suspicious")
        sue, sam = (_german(site, name) for name in ("sue", "sam"))
        sue.post(f"/attempts/{code}/claim?back=support")
        held = sam.post(f"/attempts/{code}/claim?back=support")
        assert held.status_code == 409
        assert re.search(r"und zwar bis <time datetime=\"[^\"]+\" title=", held.text), held.text
        site.ok("POST", f"/attempts/{code}/decisions", "sue", {"decision": "pass", "reason": "ok"})
        gone = sam.post(f"/attempts/{code}/claim?back=support")
        assert "Dieser Versuch hat den Status „Bestätigt“" in gone.text


def _german(site: Site, name: str) -> Visitor:
    site.staff(name, Role.SUPPORT)
    visitor = Visitor(site)
    visitor.http.headers["accept-language"] = "de"
    visitor.open(name, "support")
    return visitor
