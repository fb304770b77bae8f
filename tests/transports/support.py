"""Endpoints for tests: configured, loaded, with the sample transports installed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import EntryPoint
from typing import Any

from proctor_hub.jobs.webhook import BUILTIN
from proctor_hub.transports.contract import TRANSPORTS_GROUP
from proctor_hub.transports.endpoint import EndpointConfig
from proctor_hub.transports.loader import Endpoints, load_endpoints
from tests.support import FakeClock

SAMPLES = "tests.transports.samples"


def sample(name: str, class_name: str) -> EntryPoint:
    """A sample transport as an installed plugin."""
    return EntryPoint(name, f"{SAMPLES}:{class_name}", TRANSPORTS_GROUP)


def endpoint(
    name: str, transport: str = "bus", courses: tuple[str, ...] = (), **table: Any
) -> EndpointConfig:
    """``[lms.endpoints.<name>]``."""
    settings = table or {"topic": name}
    return EndpointConfig(name=name, transport=transport, courses=courses, settings_table=settings)


def loaded(
    *configs: EndpointConfig,
    points: list[EntryPoint] | None = None,
    clock: Callable[[], datetime] | None = None,
) -> Endpoints:
    """The endpoints, with the ``Bus`` installed unless said otherwise."""
    return load_endpoints(
        configs,
        clock=clock or FakeClock(),
        builtin=[BUILTIN],
        entry_points=[sample("bus", "Bus")] if points is None else points,
    )
