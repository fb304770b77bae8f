"""The course's vendor as services see it: found or refused, and the rules it offers, cached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from weakref import WeakKeyDictionary

from proctor_hub.errors import PluginError, VendorBroken, VendorError, VendorNotConfigured
from proctor_hub.services.errors import Conflict, NotFound
from proctor_hub.services.hub import Hub
from proctor_hub.storage.engine import Database
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.subjects import Capability

FRESH = timedelta(minutes=10)
RETRY_AFTER = timedelta(seconds=30)


def usable_vendor(hub: Hub, slug: str) -> Vendor:
    """The vendor account.

    :raises NotFound: it is not configured. :raises Conflict: it is, but its plugin is broken.
    """
    try:
        return hub.vendors.get(slug)
    except VendorNotConfigured:
        raise NotFound("vendor", slug) from None
    except VendorBroken as error:
        raise Conflict(str(error), code="vendor_broken") from error


@dataclass(frozen=True, slots=True)
class _Cached:
    labels: Mapping[str, str] | None
    stale_at: datetime


# By database, the one part of a hub that lives exactly as long as it does and can be a key.
_CATALOGUES: WeakKeyDictionary[Database, dict[tuple[str, str], _Cached]] = WeakKeyDictionary()
_LOCK = Lock()


def rules_catalogue(hub: Hub, slug: str, language: str = "en") -> Mapping[str, str] | None:
    """The binary rules the vendor offers, key → label; None: not known just now.

    Asked of the vendor at most every ten minutes, and every 30 s while it does not answer; what it
    said last holds meanwhile. Calls the vendor: never within a unit.

    :raises NotFound: not configured. :raises Conflict: broken.
    """
    vendor = usable_vendor(hub, slug)
    if not vendor.can(Capability.RULES_CATALOG):
        return None
    with _LOCK:
        cache = _CATALOGUES.setdefault(hub.database, {})
    cached = cache.get((slug, language))
    if cached is None or hub.now() >= cached.stale_at:
        cached = _ask(hub, vendor, language, cached)
        cache[slug, language] = cached
    return cached.labels


def _ask(hub: Hub, vendor: Vendor, language: str, before: _Cached | None) -> _Cached:
    try:
        labels = dict(vendor.rules_catalog(language=language).labels)
    except (VendorError, PluginError):
        # Not lost: health shows an unwell vendor, and exams can be saved meanwhile.
        return _Cached(before.labels if before else None, hub.now() + RETRY_AFTER)
    return _Cached(labels, hub.now() + FRESH)


def known_rules(hub: Hub, slug: str, language: str = "en") -> Mapping[str, str] | None:
    """What :func:`rules_catalogue` last learned, however old; never calls the vendor."""
    cached = _CATALOGUES.get(hub.database, {}).get((slug, language))
    return None if cached is None else cached.labels
