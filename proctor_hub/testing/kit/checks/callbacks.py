"""What proves that a call comes from the vendor, and what becomes of the calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.storage import callbacks as store
from proctor_hub.testing.kit.bench import BYSTANDER, Bench
from proctor_hub.testing.kit.case import Case, secrets_in
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import talks
from proctor_hub.testing.kit.running import Heard
from proctor_hub.testing.kit.sessions import take
from proctor_hub.testing.kit.talk import (
    REFUSED,
    again,
    proof_of,
    request_of,
    route_of,
    said,
    talk_of,
    with_part,
)
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.receiving import AccountBy, Refused

_ABOUT = "reference/hooks.md#authenticate_callback"
_UNKNOWN = (*REFUSED, 404)
_TOKENS_END = timedelta(hours=3)


def _calls(bench: Bench) -> Iterator[tuple[str, Heard]]:
    talk = talk_of(bench)
    yield "ready", talk.ready
    yield "review", talk.review


@check(
    "callbacks-authentic",
    Tier.BRONZE,
    why="What the real vendor says and the hub refuses is a verdict that never comes.",
    about=_ABOUT,
    unless=talks,
)
def authentic(bench: Bench) -> None:
    """What the vendor sends is accepted: no refusal, no 4xx, no 5xx."""
    for what, heard in _calls(bench):
        demand(heard.status < 400, f"the vendor's own {what} call is answered {heard.status}")


@check(
    "callbacks-proof",
    Tier.BRONZE,
    why="Without a proof anybody who knows the address passes any learner.",
    about=_ABOUT,
    unless=talks,
)
def needs_proof(bench: Bench) -> None:
    """A call without its headers and query is refused, and so is one that lacks a part of its
    proof."""
    for what, heard in _calls(bench):
        bare = {k: v for k, v in heard.headers.items() if k == "content-type"}
        status = again(bench, replace(heard, headers=bare, query={}))
        demand(status in _UNKNOWN, f"a {what} call without any proof is answered {status}")
        demand(proof_of(bench, heard), f"no part of a {what} call is needed for its proof")


@check(
    "callbacks-signed",
    Tier.PLATINUM,
    why="A proof that says nothing about the body goes for any verdict, once it is overheard.",
    about=_ABOUT,
    unless=talks,
)
def is_signed(bench: Bench) -> None:
    """The proof of a review covers its body: with another body it is refused."""
    proof = proof_of(bench, talk_of(bench).review)
    demand("body" in proof, f"a review's proof is {', '.join(proof) or 'nothing'}, not its body")


@check(
    "callbacks-flipped",
    Tier.BRONZE,
    why="A comparison that stops early, or leaves bytes out, lets a proof be guessed byte by byte.",
    about=_ABOUT,
    unless=talks,
)
def flipped(bench: Bench) -> None:
    """Every single altered byte of the proof, and of a body it covers, is refused."""
    for what, heard in _calls(bench):
        for part, value in proof_of(bench, heard).items():
            where = f"byte {{}} of {part} of a {what} call"
            if part == "body":
                _demand_body_covered(bench, heard, where)
                continue
            for at in range(len(value)):
                status = again(bench, with_part(heard, part, _altered(value, at)))
                demand(status in _UNKNOWN, f"with {where.format(at)} altered: {status}")


def _demand_body_covered(bench: Bench, heard: Heard, where: str) -> None:
    vendor, request = bench.fresh_vendor(), request_of(bench, heard)
    for at in range(len(heard.body)):
        body = bytearray(heard.body)
        body[at] ^= 1
        answer = vendor.authenticate_callback(request=replace(request, body=bytes(body)))
        demand(isinstance(answer, Refused), f"with {where.format(at)} altered it is accepted")


def _altered(text: str, at: int) -> str:
    # Far away in every alphabet: the last letter of a base64 text has bits that mean nothing, and
    # hexadecimal digits mean the same in either case.
    letter = chr((ord(text[at]) - 33 + 33) % 94 + 33) if text[at] != " " else "_"
    return text[:at] + letter + text[at + 1 :]


def _unless_expiring(case: Case) -> str:
    """Needs callbacks whose proof holds for a time only."""
    if problem := talks(case):
        return problem
    tokens = any(route.account is AccountBy.TOKEN for route in case.routes)
    if tokens or case.given.callbacks_expire_after is not None:
        return ""
    return "the proof of its callbacks has no time (callbacks_expire_after)"


@check(
    "callbacks-stale",
    Tier.SILVER,
    why="A call that was overheard once must not pass a learner a year later.",
    about=_ABOUT,
    unless=_unless_expiring,
)
def stale(bench: Bench) -> None:
    """A call whose proof is older than it may be is refused."""
    for what, heard in _calls(bench):
        bench.clock.ahead = _TOKENS_END
        if route_of(bench, heard)[0].account is not AccountBy.TOKEN:
            bench.clock.ahead = (bench.case.given.callbacks_expire_after or _TOKENS_END) * 2
        status = again(bench, heard)
        bench.clock.ahead = timedelta(0)
        demand(status in REFUSED, f"a {what} call that is long past is answered {status}")


@check(
    "callbacks-other-account",
    Tier.BRONZE,
    why="Two customers of one vendor share a hub; neither may decide about the other's learners.",
    about=_ABOUT,
    unless=talks,
)
def other_account(bench: Bench) -> None:
    """What is authentic for one account is refused for another account of the same plugin."""
    for what, heard in _calls(bench):
        route, _ = route_of(bench, heard)
        if route.account is AccountBy.TOKEN:
            token = f"JWT {bench.vendor_token(BYSTANDER)}"
            status = again(bench, with_part(heard, "header authorization", token))
            demand(status in _UNKNOWN, f"a {what} call with another vendor's token: {status}")
            continue
        request = request_of(bench, heard)
        other = bench.fresh_vendor("another-account", **_other_secrets(bench))
        answer = other.authenticate_callback(request=request)
        demand(
            isinstance(answer, Refused),
            f"the proof of a {what} call for one account is taken for another one's",
        )


def _other_secrets(bench: Bench) -> dict[str, str]:
    settings = bench.case.given.plugin.Settings.model_validate(bench.table)
    return {
        name: (text[1:] + text[0])[::-1]
        for name, text in secrets_in(settings).items()
        if name in bench.table
    }


@check(
    "callbacks-repeated",
    Tier.SILVER,
    why="Vendors deliver twice; a repeated review must not count incidents anew.",
    about="reference/hooks.md#parse_callback",
    unless=talks,
)
def repeated(bench: Bench) -> None:
    """The same review three times is one revision, and each delivery is answered well."""
    at = take(bench, bench.case.usual_exam_type)
    review = said(bench, at, talk_of(bench).word)
    for _ in range(2):
        bench.clock.ahead += timedelta(seconds=2)
        status = again(bench, review)
        demand(status == 200, f"the second delivery of a review is answered {status}")
    revisions = at.revisions()
    demand(
        len(revisions) == 1, f"the same review three times is {len(revisions)} revisions, not one"
    )


@check(
    "callbacks-kept",
    Tier.SILVER,
    why="What the vendor said is the evidence in a dispute, word for word.",
    about="explanation/nothing-is-lost.md",
    unless=talks,
)
def kept(bench: Bench) -> None:
    """The review is kept as it came, byte for byte, accepted and not in quarantine."""
    review, hub = talk_of(bench).review, bench.running.hub
    with hub.database.read() as conn:
        rows = store.newest_first(conn, before=2**31, count=2000, outcome=None, quarantined=None)
    found = [row for row in rows if unseal(hub.keyring, row.request).body == review.body]
    demand(found, "the bytes of the vendor's review are nowhere among the kept callbacks")
    if all(row.quarantined for row in found):
        raise Broken("the vendor's own review lies in quarantine, as if it were forged")
