"""The vendors of the browser tests: both installed plugins' own sandboxes, on the hub's clock."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

import proctor_hub_proctortrack.sandbox as proctortrack_sandbox
import proctor_hub_rpnow.sandbox as rpnow_sandbox
from proctor_hub.demo.data import VendorPlan, load_plan
from proctor_hub.demo.filling import filled
from tests.support import FakeClock

PROCTORTRACK = "proctortrack"
RPNOW = "rpnow"
GROUP = "proctor_hub.vendors"

_SECRET = "a-secret-for-loopback-only"
_KEY24 = "a-key-of-24-bytes-in-all"
Credentials = tuple[str, str]


def plans() -> Mapping[str, VendorPlan]:
    """The demo's vendors: settings, and how each sandbox is steered."""
    return load_plan().vendors


def settings_of(plan: VendorPlan, sandbox_url: str) -> dict[str, Any]:
    """The account's table in the hub's configuration."""
    given = {"sandbox_url": sandbox_url, "secret": _SECRET, "key24": _KEY24}
    return dict(filled(plan.settings, given))


def proctortrack_app(
    url: str, *, hub_client: Credentials, clock: FakeClock, over: threading.Event
) -> Any:
    """The sandbox as an application; what it is told to hold back, it holds until ``over``."""
    settings = proctortrack_sandbox.SandboxSettings(
        client_id="proctor-hub-demo",
        client_secret=_SECRET,
        hub_client_id=hub_client[0],
        hub_client_secret=hub_client[1],
        public_url=url,
    )
    return proctortrack_sandbox.create_app(settings, clock=clock, sleep=_held(over))


def rpnow_app(url: str, *, review_url: str, clock: FakeClock, over: threading.Event) -> Any:
    """As :func:`proctortrack_app`. :param review_url: the hub's address for its reviews."""
    settings = rpnow_sandbox.SandboxSettings(
        organization="example-university",
        secret_key_id="demo-key",
        secret_key=_SECRET,
        crypto_key=_KEY24,
        review_url=review_url,
        public_url=url,
    )
    return rpnow_sandbox.create_app(settings, clock, sleep=_held(over))


def _held(over: threading.Event) -> Callable[[float], None]:
    def hold(seconds: float) -> None:
        over.wait(seconds)

    return hold
