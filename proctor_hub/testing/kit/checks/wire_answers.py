"""Answers of the vendor that are none: with status 200 and nothing in them, or too much."""

from __future__ import annotations

from proctor_hub.errors import VendorProtocolError
from proctor_hub.testing.calls import LAST, NOTICES
from proctor_hub.testing.kit import wire
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import able, wired
from proctor_hub.testing.kit.client import LIMITS
from proctor_hub.testing.kit.failing import demand_error
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.subjects import Capability

_ABOUT = "reference/contract.md"


@check(
    "wire-redirect",
    Tier.SILVER,
    why="Who follows a redirect takes credentials and learners' data wherever it points.",
    about="reference/contract.md#httpclient",
    unless=wired,
)
def redirects(bench: Bench) -> None:
    """A redirect is not followed: ``VendorProtocolError``."""
    fault = wire.status(302, {"Location": f"{bench.wire.url}/elsewhere"})
    demand_error(bench, "a redirect", fault, (VendorProtocolError,))
    followed = [sent.where for sent in bench.wire.sent if sent.target == "/elsewhere"]
    demand(not followed, f"a redirect is followed: {followed[:1]}")


@check(
    "wire-garbage",
    Tier.SILVER,
    why="A proxy's page with status 200 is no answer of the vendor; read as one it changes data.",
    about=f"{_ABOUT}#vendorprotocolerror",
    unless=wired,
)
def garbage(bench: Bench) -> None:
    """200 with a body that is no answer is ``VendorProtocolError``; a notice may take it."""
    for body in (b"<html>Welcome</html>", b"\xff\xfe\x00", b"[]", b'"text"'):
        fault = wire.status(200, {"Content-Type": "text/html"}, body)
        demand_error(bench, f"200 {body!r}", fault, (VendorProtocolError,), taken=_may_be_empty)


def _may_be_empty(hook: str) -> bool:
    # A list may be a sound answer to a poll, and what a notice is answered need not matter.
    return hook in NOTICES or hook in LAST or hook == "poll_reviews"


@check(
    "wire-no-id",
    Tier.BRONZE,
    why="An attempt without the vendor's id can never be matched: no ready, no review, no verdict.",
    about="reference/hooks.md#register_attempt",
    unless=wired,
)
def no_id(bench: Bench) -> None:
    """A registration that is answered 200 without an id is ``VendorProtocolError``."""
    for code in (200, 201):
        for body in (b"{}", b'{"id": null}', b'{"id": ""}'):
            demand_error(
                bench,
                f"{code} {body.decode()}",
                wire.status(code, body=body),
                (VendorProtocolError,),
                hooks=("register_attempt",),
            )


@check(
    "wire-exam-no-id",
    Tier.SILVER,
    why="An exam without the vendor's id is created anew at every save.",
    about="reference/hooks.md#sync_exam",
    unless=able(Capability.EXAM_SYNC, wired),
)
def exam_without_id(bench: Bench) -> None:
    """An exam that is answered 200 without an id is ``VendorProtocolError``."""
    demand_error(bench, "200 {}", wire.status(200), (VendorProtocolError,), hooks=("sync_exam",))


@check(
    "wire-huge",
    Tier.SILVER,
    why="An answer without an end fills the memory of a process that serves everybody.",
    about="reference/contract.md#httpclient",
    unless=wired,
)
def too_large(bench: Bench) -> None:
    """An answer over the client's cap is ``VendorProtocolError``."""
    demand_error(bench, "far too much", wire.huge(2 * LIMITS.max_bytes), (VendorProtocolError,))
