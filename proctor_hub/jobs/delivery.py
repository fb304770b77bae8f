"""What a relay and the ways to a destination agree on, and how long a failed row waits."""

from __future__ import annotations

from collections.abc import Callable

from proctor_hub.storage.outbox import OutboxRow

Deliver = Callable[[OutboxRow], None]
"""Delivers one row; returns once the destination has it for good.

:raises DeliveryFailed: it has not, or nobody knows.
"""

FIRST_WAIT = 1.0
"""Seconds before the second try; doubled each time."""

LONGEST_WAIT = 300.0
"""Seconds a row waits at most while trying again can help by itself."""

HOPELESS_WAIT = 600.0
"""Seconds between tries that only a person's work can make succeed (settings, the data itself)."""

MAX_RETRY_AFTER = 3600.0
"""Seconds of ``Retry-After`` that are honoured."""


class DeliveryFailed(Exception):
    """The destination did not take a row.

    :param message: short, without personal data or secrets; shown to operators.
    :param retry_after: seconds the destination asked us to wait.
    :param hopeless: trying again soon cannot help; the row is kept and tried seldom.
    :param unavailable: the destination itself is not well (no answer, 5xx, 429), whatever the row;
        counts for its circuit breaker.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        hopeless: bool = False,
        unavailable: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.hopeless = hopeless
        self.unavailable = unavailable


def wait_seconds(tries: int, error: DeliveryFailed, jitter: float) -> float:
    """Seconds until the next try, after ``tries`` failed ones (at least 1).

    ``jitter`` in [0, 1) spreads the tries of many rows over the second half of the wait.
    """
    longest = HOPELESS_WAIT if error.hopeless else LONGEST_WAIT
    base = HOPELESS_WAIT if error.hopeless else FIRST_WAIT * 2 ** min(tries - 1, 30)
    wait = min(base, longest) * (0.5 + jitter / 2)
    return max(wait, min(error.retry_after or 0.0, MAX_RETRY_AFTER))
