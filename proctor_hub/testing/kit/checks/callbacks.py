"""What proves that a call comes from the vendor, and about which session it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import chain, combinations

from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import Case
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import talks
from proctor_hub.testing.kit.running import Heard
from proctor_hub.testing.kit.talk import (
    REFUSED,
    UNKNOWN,
    again,
    altered,
    proof_of,
    request_of,
    route_of,
    talk_of,
    with_part,
    without,
)
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.receiving import AccountBy, Refused

_ABOUT = "reference/hooks.md#authenticate_callback"
_TOKENS_END = timedelta(hours=3)


@check(
    "callbacks-authentic",
    Tier.BRONZE,
    why="What the real vendor says and the hub refuses is a verdict that never comes.",
    about=_ABOUT,
    unless=talks,
)
def authentic(bench: Bench) -> None:
    """What the vendor sends is accepted: no refusal, no 4xx, no 5xx."""
    for what, heard in talk_of(bench).calls():
        demand(heard.status < 400, f"the vendor's own {what} call is answered {heard.status}")


@check(
    "callbacks-proof",
    Tier.BRONZE,
    why="Without a proof anybody who knows the address passes any learner.",
    about=_ABOUT,
    unless=talks,
)
def needs_proof(bench: Bench) -> None:
    """A call is refused without its headers and query, and without any part of its proof: each one
    and several, left out and empty."""
    for what, heard in talk_of(bench).calls():
        bare = {k: v for k, v in heard.headers.items() if k == "content-type"}
        status = again(bench, replace(heard, headers=bare, query={}))
        demand(status in UNKNOWN, f"a {what} call without any proof is answered {status}")
        proof = proof_of(bench, heard)
        demand(proof, f"no part of a {what} call is needed for its proof")
        for parts in _some_of(proof):
            status = again(bench, without(heard, parts))
            lacking = f"a {what} call without {' and '.join(parts)}"
            demand(status in UNKNOWN, f"{lacking} is answered {status}, as if that proved nothing")
        for part in proof:
            status = again(bench, with_part(heard, part, ""))
            demand(status in UNKNOWN, f"a {what} call whose {part} is empty: {status}")


def _some_of(proof: Iterable[str]) -> Iterator[tuple[str, ...]]:
    """Each part alone, and every choice of several."""
    parts = sorted(proof)
    return chain.from_iterable(combinations(parts, n) for n in range(1, len(parts) + 1))


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
    for what, heard in talk_of(bench).calls():
        for part, value in proof_of(bench, heard).items():
            where = f"byte {{}} of {part} of a {what} call"
            if part == "body":
                _demand_body_covered(bench, heard, where)
                continue
            for at in range(len(value)):
                status = again(bench, with_part(heard, part, altered(value, at)))
                demand(status in UNKNOWN, f"with {where.format(at)} altered: {status}")
            status = again(bench, with_part(heard, part, value[:-1]))
            demand(status in UNKNOWN, f"a {what} call whose {part} is cut short: {status}")


def _demand_body_covered(bench: Bench, heard: Heard, where: str) -> None:
    vendor, request = bench.fresh_vendor(), request_of(bench, heard)
    for at in range(len(heard.body)):
        body = bytearray(heard.body)
        body[at] ^= 1
        answer = vendor.authenticate_callback(request=replace(request, body=bytes(body)))
        demand(isinstance(answer, Refused), f"with {where.format(at)} altered it is accepted")


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
    for what, heard in talk_of(bench).calls():
        bench.clock.ahead = _TOKENS_END
        if route_of(bench, heard)[0].account is not AccountBy.TOKEN:
            bench.clock.ahead = (bench.case.given.callbacks_expire_after or _TOKENS_END) * 2
        status = again(bench, heard)
        bench.clock.ahead = timedelta(0)
        demand(status in REFUSED, f"a {what} call that is long past is answered {status}")
