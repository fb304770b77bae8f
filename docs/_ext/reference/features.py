"""``features.md``: what each installed vendor declares, by loading it as the host does."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from proctor_hub import Capability, ExamType
from proctor_hub.errors import PluginError
from proctor_hub.services.vendor_report import quality_named
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.registry import Registry, load_registry

from . import text

SAMPLES: Mapping[str, Mapping[str, Any]] = {
    "proctortrack": {
        "base_url": "https://vendor.example.com",
        "client_id": "the-hub",
        "client_secret": "a secret of the documentation",
    },
    "rpnow": {
        "organization": "example-university",
        "exam_sponsor": "Example University",
        "exam_register_endpoint": "https://vendor.example.com/exams",
        "secret_key_id": "example",
        "secret_key": "example",
        "crypto_key": "123456789123456712345678",
        "software_download_url": "https://vendor.example.com/download",
    },
}
"""Settings good enough to load each plugin of this repository; nothing is called."""

_SHOWN = {
    "rules_kind": "rules",
    "personal_data": "personal data it is given",
    "readiness_lifetime": "“ready” holds for",
    "onboarding_validity": "onboarding holds for",
    "has_stop_call": "is told of the exam's end",
    "needs_escalation_email": "demands an escalation e-mail",
    "needs_exam_proof": "the exam window is the vendor's browser",
    "second_review": "second review",
    "launch_summary": "launch",
    "learner_tool": "what the learner needs",
}


def load() -> Registry:
    """The plugins of this repository, one account each.

    :raises PluginError: one of them does not load.
    """
    found = load_registry(
        [
            VendorAccount(slug=slug, plugin_name=slug, settings_table=table)
            for slug, table in SAMPLES.items()
        ],
        public_url="https://hub.example.com",
        keys=[bytes(32)],
        clock=lambda: datetime.now(UTC),
    )
    for broken in found.broken.values():
        raise PluginError(f"{broken.slug}: {broken.reason}")
    return found


def build() -> str:
    """The page."""
    vendors = list(load().vendors.values())
    names = [vendor.description.name for vendor in vendors]
    qualities = [quality_named(vendor.plugin_name) for vendor in vendors]
    return text.page(
        "Vendors and what they can do",
        "From what each plugin declares, with default settings. For your own configuration, with "
        "health: `proctor-hub vendors`.",
        "## Capabilities\n\n"
        + text.table(
            ["", *names],
            (
                [text.code(one), *("yes" if v.can(one) else "-" for v in vendors)]
                for one in Capability
            ),
        ),
        "## Quality\n\nWhat the conformance kit's result, shipped in each plugin, proves, "
        "and why its author exempted it from a check: "
        "[the scale](../how-to/test-a-plugin.md#the-quality-scale).\n\n"
        + text.table(
            ["", *names],
            [
                ["tier", *(q.tier or str(q) for q in qualities)],
                *(
                    [
                        f"exempted from {text.code(check)}",
                        *(q.exempted.get(check, "-") for q in qualities),
                    ]
                    for check in sorted({one for q in qualities for one in q.exempted})
                ),
            ],
        ),
        "## Exam types\n\nTimed exams need no vendor.\n\n"
        + text.table(
            ["", *names],
            (
                [
                    text.code(one),
                    *("yes" if one in v.description.exam_types else "-" for v in vendors),
                ]
                for one in ExamType
                if one.needs_vendor
            ),
        ),
        "## Particulars\n\n"
        + text.table(
            ["", *names],
            ([title, *(_shown(v, field) for v in vendors)] for field, title in _SHOWN.items()),
        ),
        "## Callback paths\n\n"
        + text.table(
            ["vendor", "method", "path", "account found by"],
            (
                [v.description.name, route.method, text.code(route.path), text.code(route.account)]
                for v in vendors
                for route in v.routes
            ),
        ),
    )


def _shown(vendor: Vendor, field: str) -> str:
    if field not in {one.name for one in dataclasses.fields(vendor.description)}:
        raise LookupError(f"docs/_ext/reference/features.py: VendorDescription has no {field}")
    if field == "onboarding_validity" and not vendor.can(Capability.ONBOARDING):
        return "-"
    value = getattr(vendor.description, field)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        days = value.days
        return f"{days} days" if days else f"{int(value.total_seconds() // 60)} minutes"
    if isinstance(value, frozenset):
        return text.codes(sorted(value)) or "none"
    return str(value)
