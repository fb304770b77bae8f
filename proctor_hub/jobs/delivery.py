"""What a relay and the ways to a destination agree on, and how long a failed row waits."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from proctor_hub.services.breakers import Breakers
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.vendors.watch import CallsPaused

Deliver = Callable[[OutboxRow], None]
"""Delivers one row; returns once the destination has it for good.

:raises DeliveryFailed: it has not, or nobody knows.
"""

FIRST_WAIT = 1.0
"""Seconds before the second try; doubled each time."""

LONGEST_WAIT = 900.0
"""Seconds a row waits at most while trying again can help by itself."""

HOPELESS_WAIT = 600.0
"""Seconds between tries that only a person's work can make succeed (settings, the data itself)."""

HOPELESS_TRIES = 5
"""Such tries after which a row is parked."""

MAX_RETRY_AFTER = 3600.0
"""Seconds of ``Retry-After`` that are honoured."""


class DeliveryFailed(Exception):
    """The destination did not take a row.

    :param message: short, without personal data or secrets; shown to operators.
    :param retry_after: seconds the destination asked us to wait.
    :param hopeless: trying again soon cannot help; the row is tried seldom, then parked.
    :param unavailable: the destination itself is not well (no answer, 5xx, 429), whatever the row;
        counts for its circuit breaker.
    :param tried: False: nothing was sent, so it is no try and the row is as it was.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        hopeless: bool = False,
        unavailable: bool = False,
        tried: bool = True,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.hopeless = hopeless
        self.unavailable = unavailable
        self.tried = tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How stubbornly rows are delivered, and how many streams at once.

    :param max_tries: failed tries after which a row is parked. :param streams: of one destination
        delivered at the same time by one process. :param jitter: numbers in [0, 1).
    """

    max_tries: int = 200
    streams: int = 4
    jitter: Callable[[], float] = random.random

    def gives_up(self, tries: int, error: DeliveryFailed) -> bool:
        """Whether a row that failed ``tries`` times is parked now: till an operator retries it."""
        return tries >= (min(HOPELESS_TRIES, self.max_tries) if error.hopeless else self.max_tries)


def guarded(breakers: Breakers, name: str, deliver: Deliver) -> Deliver:
    """``deliver`` behind the circuit breaker ``name``; for ways that have none of their own."""

    def through(row: OutboxRow) -> None:
        try:
            breakers.permit(name)
        except CallsPaused as error:
            raise DeliveryFailed(str(error), tried=False) from error
        try:
            deliver(row)
        except DeliveryFailed as error:
            if error.unavailable:
                breakers.failed(name, str(error), error.retry_after)
            elif error.tried:
                breakers.succeeded(name)
            raise
        breakers.succeeded(name)

    return through


def wait_seconds(tries: int, error: DeliveryFailed, jitter: float) -> float:
    """Seconds until the next try, after ``tries`` failed ones (at least 1).

    ``jitter`` in [0, 1) spreads the tries of many rows over the second half of the wait.
    """
    longest = HOPELESS_WAIT if error.hopeless else LONGEST_WAIT
    base = HOPELESS_WAIT if error.hopeless else FIRST_WAIT * 2 ** min(tries - 1, 30)
    wait = min(base, longest) * (0.5 + jitter / 2)
    return max(wait, min(error.retry_after or 0.0, MAX_RETRY_AFTER))
