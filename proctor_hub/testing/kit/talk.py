"""What the vendor really said to the hub about one session, to be said again, altered."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode, urlsplit

from proctor_hub.domain.words import ReviewStatus
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken
from proctor_hub.testing.kit.playing import take
from proctor_hub.testing.kit.running import Heard
from proctor_hub.testing.kit.sessions import Session
from proctor_hub.vendors.receiving import CallbackRequest, CallbackRoute

_NO_PROOF = {"host", "content-length", "content-type", "user-agent", "accept", "connection",
             "accept-encoding", "accept-language", "transfer-encoding"}  # fmt: skip
_ACCOUNT = "account"
"""The query parameter by which the host itself finds the account; it proves nothing."""
REFUSED = (401, 403)
UNKNOWN = (*REFUSED, 404)


@dataclass(frozen=True, kw_only=True)
class Talk:
    """A whole exam's callbacks, authentic.

    :param ready: the first the vendor sent. :param review: its review, in the word for passed.
    """

    session: Session
    word: str
    ready: Heard
    review: Heard

    def calls(self) -> tuple[tuple[str, Heard], ...]:
        """Each with its name."""
        return ("ready", self.ready), ("review", self.review)


def word_for(bench: Bench, status: ReviewStatus) -> str:
    """The vendor's word for a review status.

    :raises Broken: the author's ``words`` have none.
    """
    for word, meaning in bench.case.given.words.items():
        if meaning is status:
            return word
    raise Broken(f"`words` of the test class has no word of the vendor for {status}")


def talk_of(bench: Bench) -> Talk:
    """The callbacks of an exam that was taken once for all checks of this bench."""
    if bench.talk is None:
        word = word_for(bench, ReviewStatus.PASSED)
        session = take(bench, bench.case.usual_exam_type)
        bench.talk = Talk(
            session=session,
            word=word,
            ready=_last(bench, "that the session is ready"),
            review=said(bench, session, word),
        )
    return bench.talk


def said(bench: Bench, session: Session, word: str) -> Heard:
    """The review the vendor sends of a session in this word, as the hub heard it."""
    before = len(bench.running.heard)
    bench.case.given.send_review(session, word)
    if len(bench.running.heard) == before:
        raise Broken("send_review sent nothing to the hub's callback paths")
    return bench.running.heard[-1]


def _last(bench: Bench, what: str) -> Heard:
    if not bench.running.heard:
        raise Broken(f"the vendor never told the hub {what}")
    return bench.running.heard[-1]


def again(bench: Bench, heard: Heard) -> int:
    """Say it again, as it is; the status it is answered."""
    target = heard.path + (f"?{urlencode(heard.query)}" if heard.query else "")
    parts = urlsplit(bench.running.url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    headers = {k: v for k, v in heard.headers.items() if k not in ("host", "content-length")}
    try:
        connection.request(heard.method, target, heard.body or None, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def proof_of(bench: Bench, heard: Heard) -> dict[str, str]:
    """The parts that prove the call: ``header NAME``, ``query NAME`` → value; refused with another
    value, or without it.

    The body is one of them (``body`` → empty text) where another one is refused.
    """
    found = {}
    for part, value in _parts(heard):
        others = [without(heard, (part,)), *(with_part(heard, part, altered(value, at))
                                             for at in {0, len(value) - 1} if value)]  # fmt: skip
        if any(again(bench, other) in REFUSED for other in others):
            found[part] = value
    if heard.body and again(bench, replace(heard, body=heard.body + b" ")) in REFUSED:
        found["body"] = ""
    return found


def _parts(heard: Heard) -> Iterator[tuple[str, str]]:
    for name, value in heard.headers.items():
        if name not in _NO_PROOF:
            yield f"header {name}", value
    for name, value in heard.query.items():
        if name != _ACCOUNT:
            yield f"query {name}", value


def with_part(heard: Heard, part: str, value: str) -> Heard:
    """The call with another value of a part of its proof."""
    kind, _, name = part.partition(" ")
    if kind == "body":
        return replace(heard, body=value.encode())
    if kind == "header":
        return replace(heard, headers={**heard.headers, name: value})
    return replace(heard, query={**heard.query, name: value})


def without(heard: Heard, parts: Iterable[str]) -> Heard:
    """The call with these parts of its proof left out."""
    gone = set(parts)
    return replace(
        heard,
        headers={k: v for k, v in heard.headers.items() if f"header {k}" not in gone},
        query={k: v for k, v in heard.query.items() if f"query {k}" not in gone},
        body=b"" if "body" in gone else heard.body,
    )


def readdressed(heard: Heard, one: Mapping[str, str], other: Mapping[str, str]) -> Heard:
    """The call with ``other``'s ids where its path and query have ``one``'s."""

    def changed(text: str) -> str:
        for name in ("attempt_code", "external_id"):
            text = text.replace(one[name], other[name])
        return text

    query = {name: changed(value) for name, value in heard.query.items()}
    return replace(heard, path=changed(heard.path), query=query)


def altered(text: str, at: int) -> str:
    """The text with one letter exchanged."""
    # Far away in every alphabet: the last letter of a base64 text has bits that mean nothing, and
    # hexadecimal digits mean the same in either case.
    letter = chr((ord(text[at]) - 33 + 33) % 94 + 33) if text[at] != " " else "_"
    return text[:at] + letter + text[at + 1 :]


def route_of(bench: Bench, heard: Heard) -> tuple[CallbackRoute, Mapping[str, str]]:
    """The plugin's route a call came in by, with the path's parameters."""
    for route in bench.case.routes:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(route.path))
        found = re.fullmatch(pattern, heard.path)
        if found and route.method.upper() == heard.method:
            return route, found.groupdict()
    raise Broken(f"{heard.method} {heard.path} is none of the plugin's callback routes")


def request_of(bench: Bench, heard: Heard) -> CallbackRequest:
    """The call as the host passes it to the plugin, its token verified."""
    route, parameters = route_of(bench, heard)
    return CallbackRequest(
        route=route.name,
        method=heard.method,
        path=heard.path,
        path_params=dict(parameters),
        query=dict(heard.query),
        headers=dict(heard.headers),
        body=heard.body,
        source_address="127.0.0.1",
        caller="the-vendors-client" if route.account == "token" else None,
    )
