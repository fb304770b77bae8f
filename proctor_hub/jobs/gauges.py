"""The overview as Prometheus gauges, read when it is scraped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from proctor_hub.jobs.overview import Lookout, Overview
from proctor_hub.metrics import PREFIX
from proctor_hub.services.breakers import State
from proctor_hub.storage.overview import COUNTED, UNSETTLED


class Gauge(NamedTuple):
    """What a gauge says, and by what it is divided."""

    about: str
    labels: tuple[str, ...] = ()


GAUGES: Mapping[str, Gauge] = {
    "database_up": Gauge("0: the database does not answer, and there are no other gauges"),
    "outbox_waiting": Gauge("Effects that wait to be delivered", ("destination",)),
    "outbox_oldest_seconds": Gauge(
        "Age of the oldest effect that waits, failed tries included", ("destination",)
    ),
    "outbox_due_seconds": Gauge(
        "How long the effect that has been due the longest was not tried", ("destination",)
    ),
    "outbox_parked": Gauge("Effects that wait for an operator's retry", ("destination",)),
    "outbox_held": Gauge("Effects that stand behind a parked one", ("destination",)),
    "breaker_open": Gauge(
        "1: the destination does not answer and is called only to find out", ("destination",)
    ),
    "jobs": Gauge("Jobs that wait, run or have failed", ("job", "state")),
    "jobs_oldest_seconds": Gauge(
        "How long the oldest of them has been waiting, running or failed", ("job", "state")
    ),
    "jobs_late": Gauge("Jobs that wait or run for longer than they may, 200 at most"),
    "workers": Gauge("Processes alive that deliver and run jobs"),
    "open_attempts": Gauge("Attempts of which something is still expected", ("status",)),
    "callbacks_quarantined": Gauge("Callbacks that wait for somebody to vouch for them"),
    "callbacks_unsettled": Gauge("Authenticated callbacks that had no effect", ("outcome",)),
    "reports_pending": Gauge("Reports that are asked for and not ready"),
    "reports_oldest_seconds": Gauge("How long the oldest of them has been asked for"),
    "retirements_open": Gauge("Erased learners that some vendor has not confirmed yet"),
    "vendors_broken": Gauge("Configured vendor accounts that cannot be used"),
    "count_limit": Gauge("A count that is as large as this means so many or more"),
}
"""Without the prefix; the reference page is written from this."""

_log = structlog.get_logger("proctor_hub.metrics")

Value = tuple[tuple[str, ...], float]


class Gauges(Collector):
    """Collects from a lookout; give it to ``generate_latest``."""

    def __init__(self, lookout: Lookout) -> None:
        self._lookout = lookout

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Every gauge with its values now; without the database, only that it is away."""
        for name, values in self._values().items():
            gauge = GAUGES[name]
            family = GaugeMetricFamily(f"{PREFIX}_{name}", gauge.about, labels=gauge.labels)
            for labels, value in values:
                family.add_metric(labels, value)
            yield family

    def _values(self) -> Mapping[str, Iterable[Value]]:
        try:
            return values_of(self._lookout.look())
        except sa.exc.SQLAlchemyError as error:
            _log.error("overview_failed", error=type(error).__name__)
            return {"database_up": _one(0)}


def values_of(seen: Overview) -> dict[str, Iterable[Value]]:
    """Name of the gauge → its values."""
    queues = seen.backlogs
    return {
        "database_up": _one(1),
        "outbox_waiting": [((one.destination,), one.waiting) for one in queues],
        "outbox_oldest_seconds": [
            ((one.destination,), _age(seen.at, one.oldest)) for one in queues
        ],
        "outbox_due_seconds": [
            ((one.destination,), _age(seen.at, one.due_since)) for one in queues
        ],
        "outbox_parked": [((one.destination,), one.parked) for one in queues],
        "outbox_held": [((one.destination,), one.held) for one in queues],
        "breaker_open": [
            ((one.destination,), float(one.state is not State.CLOSED)) for one in seen.breakers
        ],
        "jobs": [((one.job, one.status.value), one.count) for one in seen.jobs],
        "jobs_oldest_seconds": [
            # By the database's clock, as all of a job's times.
            ((one.job, one.status.value), _age(seen.job_clock, one.oldest))
            for one in seen.jobs
        ],
        "jobs_late": _one(len(seen.late)),
        "workers": _one(len(seen.workers)),
        "open_attempts": [((status,), count) for status, count in seen.open_attempts.items()],
        "callbacks_quarantined": _one(seen.quarantined),
        "callbacks_unsettled": [((word,), seen.unsettled[word]) for word in UNSETTLED],
        "reports_pending": _one(seen.pending_reports),
        "reports_oldest_seconds": _one(_age(seen.at, seen.oldest_report)),
        "retirements_open": _one(seen.open_retirements),
        "vendors_broken": _one(len(seen.broken_vendors)),
        "count_limit": _one(COUNTED),
    }


def _one(value: float) -> list[Value]:
    return [((), value)]


def _age(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max((now - since).total_seconds(), 0.0)
