"""Every round there is: what the hub looks after again and again.

Each is done by one live process at a time, which has claimed it (see ``round_runner``). A round has
no state of its own: what it finds in the database tells it what to do, so one more or less does
no harm. ``proctor-hub sweep`` does all of them once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from proctor_hub.jobs.reports.tending import expire_reports, revive_reports
from proctor_hub.services import polling, upkeep
from proctor_hub.services.access import idempotency, sign_ins
from proctor_hub.services.attempts.held import apply_held_reviews
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.hub import Hub
from proctor_hub.services.pacing import is_ending
from proctor_hub.storage import jobs

_JOBS_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Something to look after.

    :param every_seconds: the pause between the end of one and the beginning of the next.
    :param run: does one; what it raises is logged, and the next one does what it could not. What it
        returns is shown to people: how many it changed.
    """

    name: str
    every_seconds: float
    run: Callable[[Hub], object]


def prune_jobs(hub: Hub) -> int:
    """Forget jobs that were done long ago; failed ones stay until an operator retries them."""
    before = hub.now() - timedelta(days=hub.limits.job_days)
    pruned = 0
    while True:
        count = hub.database.write(lambda conn: jobs.prune(conn, before, _JOBS_AT_ONCE))
        pruned += count
        if count < _JOBS_AT_ONCE or is_ending():
            return pruned


ROUNDS: tuple[Round, ...] = (
    # How long after its end an attempt nobody looks at is noticed, at most.
    Round(name="attempts", every_seconds=10, run=sweep),
    Round(name="held-reviews", every_seconds=60, run=apply_held_reviews),
    Round(name="onboarding", every_seconds=600, run=upkeep.expire_onboarding),
    Round(name="idempotency-keys", every_seconds=600, run=idempotency.purge),
    Round(name="expired-reports", every_seconds=60, run=expire_reports),
    Round(name="silent-reports", every_seconds=60, run=revive_reports),
    Round(name="done-jobs", every_seconds=3600, run=prune_jobs),
    Round(name="sign-ins", every_seconds=3600, run=sign_ins.prune),
    Round(name="delivered", every_seconds=3600, run=upkeep.prune_outbox),
)


def rounds_of(hub: Hub) -> tuple[Round, ...]:
    """All rounds of a hub: :data:`ROUNDS`, and one for each vendor that has to be asked.

    Each of those has a thread and a claim of its own, so that one that is slow slows no other.
    """
    asking = (
        Round(
            name=f"poll:{vendor.slug}",
            every_seconds=vendor.description.poll_every.total_seconds(),
            run=partial(polling.poll, slug=vendor.slug),
        )
        for vendor in polling.polling_vendors(hub)
    )
    return (*ROUNDS, *asking)
