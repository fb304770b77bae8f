"""What a call through the vendor's typed facade costs next to a direct call of the same method."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from benchmarks.results import Figure
from proctor_hub.domain.words import AttemptStatus, ExamType, ReviewStatus
from proctor_hub.vendors.deciding import ReviewFacts
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.registry import load_registry

SETTINGS = {"base_url": "https://vendor.example", "client_id": "bench", "client_secret": "bench"}
_REVIEW = ReviewFacts(
    status=ReviewStatus.SUSPICIOUS,
    exam_type=ExamType.PROCTORED,
    attempt_status=AttemptStatus.SUBMITTED,
    incident_count=10,
    revision=1,
)
_LIMIT_US = 5.0
_CALLS = 20_000


def measure() -> Iterator[Figure]:
    """Facade, direct call and the difference, for a hook of the plugin and one left to default."""
    registry = load_registry(
        [VendorAccount(slug="bench", plugin_name="proctortrack", settings_table=SETTINGS)],
        public_url="https://hub.example",
        keys=[b"b" * 32],
        clock=lambda: datetime.now(UTC),
    )
    vendor = registry.get("bench")
    plugin: Any = vendor.implementation
    direct = _microseconds(lambda: plugin.classify_review(review=_REVIEW))
    facade = _microseconds(lambda: vendor.classify_review(review=_REVIEW))
    yield _figure("direct call", direct, "classify_review of the plugin itself")
    yield _figure("through the facade", facade, "pluggy, error mapping and result check included")
    yield _figure("dispatch", facade - direct, "the difference", at_most=_LIMIT_US)
    if "heartbeat_plan" not in vendor.hooks_implemented:
        default = _microseconds(vendor.heartbeat_plan)
        yield _figure("default flow", default, "heartbeat_plan, left to the default flow")


def _figure(name: str, value: float, detail: str, at_most: float | None = None) -> Figure:
    return Figure(
        part="dispatch", name=name, value=value, unit="µs", at_most=at_most, detail=detail
    )


def _microseconds(call: Callable[[], object]) -> float:
    return min(timeit.repeat(call, number=_CALLS, repeat=5)) / _CALLS * 1e6
