"""The table of ``proctor-hub vendors``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proctor_hub.services.vendor_report import VendorLine
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.subjects import Capability


def table_rows(
    rows: Sequence[VendorLine], health: Mapping[str, Health]
) -> list[tuple[object, ...]]:
    """The rows as the table shows them. :param health: slug → what the vendor said, if asked."""
    return [
        (
            row.slug or "-",
            row.name or "-",
            row.plugin,
            f"{row.distribution} {row.version}".strip() or "-",
            "yes" if row.configured else f"no: {row.reason}",
            "unknown" if row.capabilities is None else ", ".join(row.capabilities) or "none",
            len(row.hooks),
            row.quality,
            _condition(row, health.get(row.slug or "")),
        )
        for row in rows
    ]


def _condition(row: VendorLine, health: Health | None) -> str:
    if health is None:
        return "not asked"
    if Capability.HEALTH_CHECK not in (row.capabilities or ()):
        return health.detail
    return f"{'well' if health.ok else 'not well'}: {health.detail}".removesuffix(": ")
