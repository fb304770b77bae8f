"""The vendor's words: every known one is understood, and no unknown one is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from proctor_hub.domain.words import ReviewStatus
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import talks
from proctor_hub.testing.kit.playing import take
from proctor_hub.testing.kit.talk import request_of, said, talk_of
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.receiving import CallbackEvent, ReviewReceived, Unrecognised

_ABOUT = "reference/hooks.md#parse_callback"
_NONSENSE = (b"", b"{", b"[]", b"null", b"0", b"\xff\xfe", b'"text"', b"{}", b"[" * 5000,
             b'{"status": NaN}', b"\x00" * 64, b"<x/>", b"9" * 5000)  # fmt: skip


@check(
    "words-table",
    Tier.SILVER,
    why="A word that means something else here than at the vendor passes the wrong people.",
    about=_ABOUT,
    unless=talks,
)
def table(bench: Bench) -> None:
    """Each word of the vendor's table, sent by the vendor, becomes what the table says, and the
    word is kept as it came."""
    words = bench.case.given.words
    demand(words, "`words` of the test class is empty: the vendor's table of review words")
    for word, meaning in words.items():
        at = take(bench, bench.case.usual_exam_type)
        heard = said(bench, at, word)
        demand(heard.status == 200, f"a review {word!r} is answered {heard.status}")
        event = review_in(bench.fresh_vendor().parse_callback(request=request_of(bench, heard)))
        demand(event.status is meaning, f"{word!r} becomes {event.status}, not {meaning}")
        demand_kept(event, word, heard.body)
        shown = [revision["status"] for revision in at.revisions()]
        demand(shown == [meaning], f"the hub shows one review {word!r} as {shown or 'none at all'}")


@check(
    "words-unknown",
    Tier.BRONZE,
    why="Vendors invent words; a new one that passes for clean lets everybody through.",
    about=_ABOUT,
    unless=talks,
)
def unknown(bench: Bench) -> None:
    """A review in a word nobody knows is ``Unrecognised``, or goes to people with the word as it
    came; it never passes and is never dropped."""
    talk = talk_of(bench)
    request = request_of(bench, talk.review)
    word = bench.case.given.unknown_word
    body = request.body.replace(talk.word.encode(), word.encode())
    demand(body != request.body, f"the word {talk.word!r} is not in the review's body")
    events = bench.fresh_vendor().parse_callback(request=replace(request, body=body))
    demand_for_people(events, word, body)


def demand_for_people(events: tuple[CallbackEvent, ...], word: str, body: bytes = b"") -> None:
    """A review in an unknown word became nothing that passes anybody.

    :param body: where it came in.
    """
    demand(events, f"a review {word!r} becomes no event at all: it is lost")
    for event in events:
        if isinstance(event, Unrecognised):
            demand(event.reason.strip(), "Unrecognised without a reason helps no operator")
        elif isinstance(event, ReviewReceived):
            demand(
                event.status in (ReviewStatus.SUSPICIOUS, ReviewStatus.NOT_REVIEWED),
                f"a review {word!r} counts as {event.status}",
            )
            demand_kept(event, word, body)
        else:
            raise Broken(f"a review {word!r} becomes {type(event).__name__}")


@check(
    "words-nonsense",
    Tier.BRONZE,
    why="An exception keeps the reason from the operator, and from the vendor what to mend.",
    about=_ABOUT,
    unless=talks,
)
def nonsense(bench: Bench) -> None:
    """Whatever a callback's body holds, it becomes at least one event and never an exception."""
    vendor, talk = bench.fresh_vendor(), talk_of(bench)
    for heard in (talk.ready, talk.review):
        request = request_of(bench, heard)
        for body in (*_NONSENSE, *_broken(heard.body)):
            events = vendor.parse_callback(request=replace(request, body=body))
            demand(events, f"the {request.route} body {body[:60]!r} becomes no event: it is lost")


def _broken(body: bytes) -> Iterator[bytes]:
    """The authentic body cut off, and with each of its values replaced by one of another type."""
    yield from (body[:at] for at in range(0, len(body), max(1, len(body) // 40)))
    try:
        data = json.loads(body)
    except ValueError:
        return
    odds: tuple[Any, ...] = (None, [], {}, 7, -1e308, "\x00\ud800", True, "x" * 5000)
    for odd in odds:
        yield from (json.dumps(one).encode() for one in _replaced(data, odd))


def _replaced(data: Any, odd: Any) -> Iterator[Any]:
    """``data`` once for each value in it, with that value replaced."""
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in list(items):
        copy = data.copy()
        copy[key] = odd
        yield copy
        if isinstance(value, dict | list):
            for inner in _replaced(value, odd):
                copy = data.copy()
                copy[key] = inner
                yield copy


def demand_kept(event: ReviewReceived, word: str, body: bytes = b"") -> None:
    """The vendor's word is kept letter by letter; only a sandbox may write ``word`` in its case.

    :param body: where it came in.
    """
    kept = event.vendor_status
    as_sent = not body or any(one.encode() in body for one in (kept, json.dumps(kept)[1:-1]))
    demand(
        kept.casefold() == word.casefold() and as_sent,
        f"the vendor's word {word!r} is kept as {kept!r}",
    )


def review_in(events: tuple[CallbackEvent, ...]) -> ReviewReceived:
    """The one review among the events.

    :raises Broken: there is none, or there are several.
    """
    found = [event for event in events if isinstance(event, ReviewReceived)]
    if len(found) != 1:
        raise Broken(f"a review becomes {[type(event).__name__ for event in events]}")
    return found[0]
