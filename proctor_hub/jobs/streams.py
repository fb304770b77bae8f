"""One stream of the outbox delivered in order, up to its first failure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import structlog

from proctor_hub.jobs.delivery import Deliver, DeliveryFailed
from proctor_hub.storage.outbox import OutboxRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The row that its destination did not take, and why."""

    row: OutboxRow
    error: DeliveryFailed


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a stream got: ids of the rows its destination took, and what ended it, if any."""

    delivered: tuple[int, ...]
    failure: Failure | None = None


def by_stream(rows: Iterable[OutboxRow]) -> list[list[OutboxRow]]:
    """The rows of each stream in its order; streams in the order their first row came."""
    streams: dict[str, list[OutboxRow]] = {}
    for row in rows:
        streams.setdefault(row.stream, []).append(row)
    return [sorted(stream, key=lambda row: row.seq) for stream in streams.values()]


def deliver_stream(
    rows: list[OutboxRow], deliver: Deliver, stopping: Callable[[], bool]
) -> Progress:
    """Deliver the rows of one stream one after the other; never raises.

    Ends early when ``stopping`` says so, after the row in hand.
    """
    done: list[int] = []
    for row in rows:
        if stopping():
            break
        error = _try(row, deliver)
        if error is not None:
            return Progress(delivered=tuple(done), failure=Failure(row=row, error=error))
        done.append(row.id)
    return Progress(delivered=tuple(done))


def _try(row: OutboxRow, deliver: Deliver) -> DeliveryFailed | None:
    try:
        deliver(row)
    except DeliveryFailed as error:
        return error
    except Exception as error:  # a defect must hold back this stream only, and lose nothing
        structlog.get_logger("proctor_hub.relay").error(
            "delivery_raised",
            kind=row.kind,
            event_id=row.event_id,
            error=type(error).__name__,
            exc_info=True,
        )
        return DeliveryFailed(f"unexpected {type(error).__name__}; see the log")
    return None
