"""What leaves the hub about a learner."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from proctor_hub.errors import VendorError
from proctor_hub.testing.calls import CALLS, LAST
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import Case
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import able, loaded, wired
from proctor_hub.testing.kit.outward import opened
from proctor_hub.testing.kit.subjects import MARKERS
from proctor_hub.testing.kit.wire import Sent
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.subjects import Capability, PersonalData

_ABOUT = "reference/contract.md#personaldata"
_ENCODED = re.compile(rb"[A-Za-z0-9_+/-]{16,}")


def _undeclared(case: Case) -> list[tuple[PersonalData, str]]:
    declared = case.description.personal_data if case.description else frozenset()
    return [
        (kind, word) for kind, words in MARKERS.items() if kind not in declared for word in words
    ]


def _tour(bench: Bench) -> tuple[list[Sent], list[str]]:
    """A registered session, and every hook that may call the vendor asked about it: what was sent,
    and what the learner's browser is given."""
    began, vendor = len(bench.wire.sent), bench.fresh_vendor()
    subject = opened(bench, vendor)
    shown = []
    for hook, call in CALLS.items():
        if hook not in ("register_attempt", *LAST):
            try:
                shown.append(repr(call(vendor, subject)))
            except VendorError:
                continue  # the vendor's own order of things; what was sent was written down
    return bench.wire.sent[began:], shown


@check(
    "personal-data-declared",
    Tier.BRONZE,
    why="Operators tell learners who gets what by this declaration; it is a promise in law.",
    about=_ABOUT,
    unless=loaded,
)
def only_what_is_declared(bench: Bench) -> None:
    """No personal data is sent, in whatever part or encoding, that ``personal_data`` does not
    declare; the host gives more here than it ever would."""
    sent, shown = _tour(bench)
    for kind, word in _undeclared(bench.case):
        for one in sent:
            for where, data in _parts(one):
                demand(
                    not _holds(data, word),
                    f"{one.where} sends the {kind}, which is not declared, in its {where}",
                )
        for text in shown:
            demand(not _holds(text.encode(), word), f"the learner's {kind} is in {text[:60]}…")


@check(
    "personal-data-not-in-urls",
    Tier.GOLD,
    why="Addresses end in the access logs of every proxy on the way.",
    about=_ABOUT,
    unless=wired,
)
def not_in_urls(bench: Bench) -> None:
    """No personal data, declared or not, is in the address or a header of a request."""
    sent, _ = _tour(bench)
    for one in sent:
        for where, data in _parts(one):
            if where == "body":
                continue
            for kind, words in MARKERS.items():
                for word in words:
                    demand(not _holds(data, word), f"{one.where} has the {kind} in its {where}")


def _parts(sent: Sent) -> Iterator[tuple[str, bytes]]:
    yield "address", sent.target.encode()
    yield "headers", "\n".join(f"{k}: {v}" for k, v in sent.headers).encode()
    yield "body", sent.body


def _holds(data: bytes, word: str) -> bool:
    return any(word.lower().encode() in one.lower() for one in _readings(data))


def _readings(data: bytes) -> Iterator[bytes]:
    """As it is, URL-decoded, and every stretch that may be Base64 (or a token of it) decoded."""
    yield data
    yield unquote_plus(data.decode("latin-1")).encode("utf-8", "replace")
    for found in _ENCODED.findall(data):
        text = found.replace(b"-", b"+").replace(b"_", b"/")
        yield base64.b64decode(text[: len(text) // 4 * 4])


@check(
    "personal-data-erased",
    Tier.GOLD,
    why="A learner's right to be forgotten ends with the vendor's word that nothing is left.",
    about="reference/hooks.md#retire_learner",
    unless=able(Capability.LEARNER_RETIREMENT),
)
def erased(bench: Bench) -> None:
    """A learner the vendor knows is erased with its confirmation; asking again is harmless."""
    vendor = bench.fresh_vendor()
    subject = opened(bench, vendor)
    receipt = vendor.retire_learner(pseudonym=subject.learner.pseudonym)
    demand(receipt.confirmed, f"the erasure is not confirmed: {receipt.detail}")
    vendor.retire_learner(pseudonym=subject.learner.pseudonym)
