"""Questions to an attempt's vendor that must have an answer even when its plugin is broken."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta

from proctor_hub.domain.timing import DEFAULT_READINESS
from proctor_hub.domain.told import sentence_of, told
from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.errors import ServiceError, VendorDown, VendorRefused
from proctor_hub.services.hub import Hub
from proctor_hub.vendors.deadline import time_limit
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import HeartbeatPlan
from proctor_hub.vendors.subjects import Capability, VendorDescription


def description_of(hub: Hub, slug: str | None) -> VendorDescription | None:
    """What the vendor declares; None for a timed exam, and while its plugin is broken."""
    if slug is None:
        return None
    try:
        return hub.vendors.get(slug).description
    except PluginError:
        return None


def has_stop_call(hub: Hub, slug: str | None) -> bool:
    """Whether ``completed`` waits for the vendor's answer to the stop notice (domain §3).

    A broken plugin may have one: the notice then waits in the outbox until it is mended.
    """
    if slug is None:
        return False
    description = description_of(hub, slug)
    return description is None or description.has_stop_call


def declares(hub: Hub, slug: str | None, capability: Capability) -> bool:
    """Whether the vendor declares a capability; a broken plugin may, so its notices wait."""
    if slug is None:
        return False
    description = description_of(hub, slug)
    return description is None or capability in description.capabilities


def readiness_lifetime(hub: Hub, slug: str | None) -> timedelta:
    """How long the vendor's "ready" holds."""
    description = description_of(hub, slug)
    return DEFAULT_READINESS if description is None else description.readiness_lifetime


def heartbeat_of(hub: Hub, slug: str | None) -> HeartbeatPlan:
    """How the exam page watches the software; none where the plugin is broken: the learner must
    not be stuck because of an operator's mistake."""
    if slug is None:
        return HeartbeatPlan()
    try:
        return hub.vendors.get(slug).heartbeat_plan()
    except (PluginError, VendorError):
        return HeartbeatPlan()


def vendor_for(hub: Hub, slug: str) -> Vendor:
    """The attempt's vendor.

    :raises VendorRefused: it is not configured any more, or its plugin is broken.
    """
    try:
        return hub.vendors.get(slug)
    except PluginError as error:
        raise VendorRefused(str(error), code="vendor_not_usable") from error


def patience(hub: Hub) -> AbstractContextManager[None]:
    """Within it all vendor calls together take no longer than a learner may be kept waiting."""
    return time_limit(hub.limits.vendor_seconds)


def problem_of(error: VendorError | PluginError) -> ServiceError:
    """What a caller is told when a vendor call failed: down (try again) or refused."""
    if error.retryable:
        return VendorDown(
            told(
                "%(problem)s; the attempt is kept and trying again is safe",
                problem=told(sentence_of(error)),
            ),
            code=VendorDown.code,
        )
    return VendorRefused(sentence_of(error))
