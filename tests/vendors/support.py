"""Builders for loader tests: installed distributions, accounts, values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

from proctor_hub import Attempt, AttemptStatus, CallbackRequest, Exam, ExamType, Learner
from proctor_hub.testing.fake_vendor import fake_entry_point
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.registry import Registry, load_registry

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY = b"k" * 32
EXAM = Exam(
    id=1,
    course_id="course-v1:Org+C+R",
    content_id="block",
    name="Midterm",
    exam_type=ExamType.PROCTORED,
    time_limit_minutes=60,
)
LEARNER = Learner(pseudonym="pseudonym")
ATTEMPT = Attempt(
    code="CODE",
    number=1,
    status=AttemptStatus.CREATED,
    exam_type=ExamType.PROCTORED,
    allowed_minutes=60,
)


def install(
    site: Path,
    distribution: str,
    plugins: Mapping[str, str],
    *,
    version: str = "1.2.3",
    group: str = "proctor_hub.vendors",
) -> list[EntryPoint]:
    """Lay an installed distribution into ``site``; all entry points installed there so far."""
    info = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    )
    lines = [f"{name} = {value}" for name, value in plugins.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]) + "\n")
    return [point for dist in distributions(path=[str(site)]) for point in dist.entry_points]


def account(slug: str = "acme", plugin: str = "acme", **settings: Any) -> VendorAccount:
    """``[vendors.<slug>]`` with these settings."""
    return VendorAccount(slug=slug, plugin_name=plugin, settings_table=settings)


def registry(*accounts: VendorAccount, entry_points: list[EntryPoint] | None = None) -> Registry:
    """A registry of ``accounts``; only the fake vendor is installed unless said otherwise."""
    return load_registry(
        accounts,
        public_url="https://hub.example/",
        keys=[KEY],
        clock=lambda: NOW,
        entry_points=[fake_entry_point()] if entry_points is None else entry_points,
    )


def callback(**changes: Any) -> CallbackRequest:
    """A call of the fake vendor's ``reviewed`` route, without a token."""
    values: dict[str, Any] = {
        "route": "reviewed",
        "method": "POST",
        "path": "/callbacks/acme/x/reviewed",
        "path_params": {"external_id": "x"},
        "query": {},
        "headers": {},
        "body": b"{}",
        "source_address": "192.0.2.1",
    }
    return CallbackRequest(**{**values, **changes})
