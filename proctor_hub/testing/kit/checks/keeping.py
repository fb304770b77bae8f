"""What becomes of the vendor's calls: counted once, and kept word for word."""

from __future__ import annotations

from datetime import timedelta

from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.storage import callbacks as store
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import talks
from proctor_hub.testing.kit.playing import take
from proctor_hub.testing.kit.talk import again, said, talk_of
from proctor_hub.vendors.quality import Tier


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
