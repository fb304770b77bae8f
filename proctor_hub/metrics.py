"""What this process counts, for Prometheus: one registry per process, read at ``/metrics``.

Label values are bounded: account and endpoint names of the configuration, kinds and outcome words
of the code; never an id, never anything of a person. What the database knows is not counted here
but asked at the scrape (``jobs.gauges``): it is the same from every process.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector

PREFIX = "proctor_hub"

REGISTRY = CollectorRegistry(auto_describe=True)

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_CALLS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 15.0)
_LATENCY = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 300.0, 3600.0, 86400.0)

ProcessCollector(registry=REGISTRY)


LABELS: dict[str, tuple[str, ...]] = {}
"""By what each metric here is divided; name with prefix."""


def _counter(name: str, about: str, *labels: str) -> Counter:
    LABELS[f"{PREFIX}_{name}"] = labels
    return Counter(f"{PREFIX}_{name}", about, labels, registry=REGISTRY)


def _histogram(name: str, about: str, buckets: tuple[float, ...], *labels: str) -> Histogram:
    LABELS[f"{PREFIX}_{name}"] = labels
    return Histogram(f"{PREFIX}_{name}", about, labels, buckets=buckets, registry=REGISTRY)


_callbacks = _counter(
    "callbacks", "Callbacks of vendors, by what became of them", "vendor", "outcome"
)
_callback_seconds = _histogram(
    "callback_seconds", "Seconds from a callback's arrival to its answer", _FAST, "vendor"
)
_vendor_calls = _histogram(
    "vendor_call_seconds",
    "Seconds of calls to vendors; outcome: ok, refused (4xx), unavailable (5xx, 429), none "
    "(no answer)",
    _CALLS,
    "vendor",
    "outcome",
)
_paused = _counter(
    "vendor_calls_paused",
    "Calls to vendors that were not made: its breaker is open, or too many are under way",
    "vendor",
)
_deliveries = _counter(
    "deliveries",
    "Tries to deliver an effect; result: delivered, failed, parked",
    "destination",
    "kind",
    "result",
)
_delivery_seconds = _histogram(
    "delivery_seconds",
    "Seconds from the commit that caused an effect to its acknowledgement",
    _LATENCY,
    "destination",
)
_transitions = _counter("transitions", "Moves of attempts, by the status they came to", "to_status")
_decisions = _counter(
    "decisions", "Decisions of people, by kind and the role they acted in", "kind", "role"
)
_reports = _counter(
    "reports", "Reports in the background, by kind and how they ended", "kind", "result"
)


def callback_answered(vendor: str, outcome: str, seconds: float) -> None:
    """A callback is about to be answered. ``vendor``: the account, or empty: none was found."""
    _callbacks.labels(vendor, outcome).inc()
    _callback_seconds.labels(vendor).observe(seconds)


def vendor_called(vendor: str, seconds: float, status: int | None) -> None:
    """A call to a vendor is over. ``status``: of the answer; None: there was none."""
    _vendor_calls.labels(vendor, call_outcome(status)).observe(seconds)


def vendor_call_paused(vendor: str) -> None:
    """A call to a vendor was not made."""
    _paused.labels(vendor).inc()


def delivered(destination: str, kind: str, seconds: float) -> None:
    """A destination took an effect, ``seconds`` after what caused it."""
    _deliveries.labels(destination, kind, "delivered").inc()
    # Clocks of several machines may disagree by more than a delivery takes.
    _delivery_seconds.labels(destination).observe(max(seconds, 0.0))


def not_delivered(destination: str, kind: str, *, parked: bool) -> None:
    """A destination did not take an effect; ``parked``: it is not tried again by itself."""
    _deliveries.labels(destination, kind, "parked" if parked else "failed").inc()


def moved(to_status: str) -> None:
    """An attempt came to a status; called after the commit."""
    _transitions.labels(to_status).inc()


def decided(kind: str, role: str) -> None:
    """A person decided; called after the commit."""
    _decisions.labels(kind, role).inc()


def report_ended(kind: str, result: str) -> None:
    """A report is ready or failed."""
    _reports.labels(kind, result).inc()


def call_outcome(status: int | None) -> str:
    """What kind of answer a vendor gave: ok, refused, unavailable, none."""
    if status is None:
        return "none"
    if status >= 500 or status == 429:
        return "unavailable"
    return "ok" if status < 400 else "refused"
