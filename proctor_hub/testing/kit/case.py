"""The plugin under test as it stands before anything runs: loaded, described, nothing called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from proctor_hub.demo.filling import filled
from proctor_hub.domain.words import ExamType
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.installed import VENDORS_GROUP, PluginSource
from proctor_hub.vendors.loader import VendorAccount
from proctor_hub.vendors.registry import Registry, load_registry
from proctor_hub.vendors.settings_texts import texts_in
from proctor_hub.vendors.subjects import Capability, VendorDescription

if TYPE_CHECKING:
    from proctor_hub.testing.conformance import VendorConformance

KEY = b"k" * 32
SECRET = "a-secret-of-the-conformance-kit-and-nobody-else"  # noqa: S105 - opens nothing
SAMPLES: Mapping[str, str] = {
    "sandbox_url": "http://127.0.0.1:9",
    "hub_url": "http://127.0.0.1:9",
    "secret": SECRET,
    "key24": SECRET[:24],
}
"""Placeholders of the settings, as they are filled where nothing runs."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is tested. :param problem: why the plugin does not load; then there is no description.

    :param secrets: the settings that are secrets.
    """

    given: VendorConformance
    source: PluginSource
    description: VendorDescription | None
    routes: tuple[Any, ...]
    problem: str
    secrets: frozenset[str]

    @property
    def slug(self) -> str:
        """The account's slug, which is the plugin's name."""
        return self.source.name

    @property
    def wired(self) -> bool:
        """Whether there is a vendor to call: a sandbox, or what was recorded of one."""
        return self.given.sandbox is not None or self.given.recordings is not None

    @property
    def exam_types(self) -> frozenset[ExamType]:
        """What the vendor proctors."""
        return self.description.exam_types if self.description else frozenset()

    @property
    def usual_exam_type(self) -> ExamType:
        """Proctored, or what the vendor has instead."""
        return min(self.exam_types, key=lambda one: (one is not ExamType.PROCTORED, one))

    @property
    def polled(self) -> bool:
        """Whether the vendor cannot call back, so that the hub asks it."""
        return self.can(Capability.POLLING) and not self.routes

    def can(self, capability: Capability) -> bool:
        """Whether the vendor declares a capability."""
        return self.description is not None and capability in self.description.capabilities


def case_of(given: VendorConformance) -> Case:
    """The case an author's class stands for; loads the plugin as the host does."""
    point = entry_point_of(given.plugin)
    table = filled(given.settings, SAMPLES)
    registry = registry_of(point, point.name, table)
    broken = registry.broken.get(point.name)
    vendor = registry.vendors.get(point.name)
    return Case(
        given=given,
        source=PluginSource.of(point),
        description=vendor.description if vendor else None,
        routes=vendor.routes if vendor else (),
        problem=broken.reason if broken else "",
        secrets=frozenset(
            secrets_in(given.plugin.Settings.model_validate(table)) if vendor else ()
        ),
    )


def entry_point_of(plugin: type[Any]) -> EntryPoint:
    """The plugin's own entry point; where it has none, one as its distribution would have."""
    value = f"{plugin.__module__}:{plugin.__qualname__}"
    for point in entry_points(group=VENDORS_GROUP):
        if point.value == value:
            return point
    return EntryPoint(plugin.__name__.lower(), value, VENDORS_GROUP)


def registry_of(
    point: EntryPoint,
    slug: str,
    table: Mapping[str, Any],
    *,
    public_url: str = SAMPLES["hub_url"],
    http: Callable[[VendorAccount], BoundedHttpClient] | None = None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    keys: tuple[bytes, ...] = (KEY,),
) -> Registry:
    """The one account, loaded by the host's own loader."""
    return load_registry(
        [VendorAccount(slug=slug, plugin_name=point.name, settings_table=table)],
        public_url=public_url,
        keys=keys,
        clock=clock,
        entry_points=[point],
        http_factory=http,
    )


def secrets_in(settings: BaseModel) -> dict[str, str]:
    """Every secret text of a plugin's settings, by field; nested ones too."""
    return {one.key: one.text for one in texts_in(settings) if one.secret}
