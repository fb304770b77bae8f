"""Asking vendors how they are, with a time-out whatever their plugins do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TypeVar

from proctor_hub.errors import ConfigurationError, PluginError, VendorError
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import audit
from proctor_hub.vendors.deadline import time_limit
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.subjects import Capability
from proctor_hub.vendors.watch import insisting

TIMEOUT_SECONDS = 10.0
_MARGIN_SECONDS = 1.0

T = TypeVar("T")


def test_call(hub: Hub, actor: Actor, slug: str) -> Health | None:
    """Call one vendor now, paused or not, on record: an answer ends a pause.

    :return: how it is; None: its account is broken, or it has no call to be tested by.
    :raises Forbidden: not an operator. :raises NotFound: no such account.
    """
    if slug not in hub.vendors.vendors and slug not in hub.vendors.broken:
        raise NotFound("vendor", slug)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.RETRY)
    vendor = hub.vendors.vendors.get(slug)
    if vendor is None or not vendor.can(Capability.HEALTH_CHECK):
        return None
    found = check_health([vendor])[slug]
    detail = {"answers": found.ok}
    hub.database.write(
        lambda conn: audit.record(
            conn, hub.now(), actor, "vendor.tested", subject=slug, detail=detail
        )
    )
    return found


def check_health(
    vendors: Iterable[Vendor], timeout_seconds: float = TIMEOUT_SECONDS
) -> dict[str, Health]:
    """Slug → health, all asked at once; one that does not answer in time is not well."""
    calls = {vendor.slug: partial(_asked, vendor) for vendor in vendors}
    found = all_within(timeout_seconds, calls)
    late = Health(ok=False, detail=f"no answer within {timeout_seconds:g} s")
    return {slug: found.get(slug, late) for slug in calls}


def all_within(seconds: float, calls: Mapping[str, Callable[[], T]]) -> dict[str, T]:
    """Name → what the call answered, all made at once; one that is late is missing.

    Calls to vendors are made even where the hub pauses them: somebody tests.
    """
    found: dict[str, T] = {}

    def make(name: str, call: Callable[[], T]) -> None:
        with time_limit(seconds), insisting():
            found[name] = call()

    # Daemon threads: a plugin that hangs must not keep the command from ending.
    threads = [threading.Thread(target=make, args=one, daemon=True) for one in calls.items()]
    for thread in threads:
        thread.start()
    ends_at = time.monotonic() + seconds + _MARGIN_SECONDS
    for thread in threads:
        thread.join(max(0.0, ends_at - time.monotonic()))
    return dict(found)


def _asked(vendor: Vendor) -> Health:
    try:
        return vendor.health_check()
    except (VendorError, PluginError, ConfigurationError) as error:
        return Health(ok=False, detail=str(error))
