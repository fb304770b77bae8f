"""Which vendor plugins are installed, with the distribution each comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import metadata

from proctor_hub.errors import PluginRefused

VENDORS_GROUP = "proctor_hub.vendors"
"""Entry-point group; name = plugin name, value = plugin class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSource:
    """One installed entry point; ``distribution`` and ``version`` are ``unknown`` where the entry
    point belongs to no distribution."""

    name: str
    distribution: str
    version: str
    entry_point: metadata.EntryPoint

    @classmethod
    def of(cls, entry_point: metadata.EntryPoint) -> PluginSource:
        """The source an entry point stands for."""
        dist = entry_point.dist
        return cls(
            name=entry_point.name,
            distribution=dist.name if dist is not None else "unknown",
            version=dist.version if dist is not None else "unknown",
            entry_point=entry_point,
        )

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledPlugin:
    """An installed plugin, for ``proctor-hub vendors``, whether an account uses it or not.

    :param slugs: the accounts it serves. :param reason: why it serves none, else empty.
    """

    name: str
    distribution: str
    version: str
    slugs: tuple[str, ...] = ()
    reason: str = ""


class Installed:
    """The installed plugins by name; a name given twice serves nobody."""

    def __init__(
        self,
        sources: Mapping[str, tuple[PluginSource, ...]],
        *,
        kind: str = "vendor plugin",
        key: str = "plugin",
    ) -> None:
        """``sources``: name → everything installed under it; ``kind``, ``key``: what such plugins
        are called, and which key of the configuration names one; for messages."""
        self._sources = dict(sources)
        self._kind, self._key = kind, key

    def find(self, name: str) -> PluginSource:
        """The plugin of this name.

        :raises proctor_hub.errors.PluginRefused: none is installed, or more than one; then both
            distributions are named.
        """
        found = self._sources.get(name, ())
        if not found:
            known = ", ".join(sorted(self._sources)) or "none"
            raise PluginRefused(
                f"No installed distribution has a {self._kind} {name!r} (installed: {known}). "
                f"Install it, or correct the key {self._key!r}."
            )
        if len(found) > 1:
            raise PluginRefused(_twice(name, found))
        return found[0]

    def report(self, slugs: Mapping[str, tuple[str, ...]]) -> tuple[InstalledPlugin, ...]:
        """Every installed plugin; ``slugs``: plugin name → the accounts that name it."""
        return tuple(
            InstalledPlugin(
                name=name,
                distribution=source.distribution,
                version=source.version,
                slugs=slugs.get(name, ()),
                reason=_why_not(name, found, slugs),
            )
            for name, found in sorted(self._sources.items())
            for source in found
        )


def discover(
    group: str = VENDORS_GROUP, entry_points: Iterable[metadata.EntryPoint] | None = None
) -> Installed:
    """The plugins of ``group`` in this environment, or among ``entry_points``; imports none."""
    points = metadata.entry_points(group=group) if entry_points is None else entry_points
    return Installed(by_name(map(PluginSource.of, points)))


def by_name(sources: Iterable[PluginSource]) -> dict[str, tuple[PluginSource, ...]]:
    """Name → everything installed under it."""
    found: dict[str, tuple[PluginSource, ...]] = {}
    for source in sources:
        found[source.name] = (*found.get(source.name, ()), source)
    return found


def _twice(name: str, found: tuple[PluginSource, ...]) -> str:
    both = " and ".join(str(source) for source in found)
    return f"The plugin name {name!r} is given twice, by {both}. Uninstall one of them."


def _why_not(
    name: str, found: tuple[PluginSource, ...], slugs: Mapping[str, tuple[str, ...]]
) -> str:
    if len(found) > 1:
        return _twice(name, found)
    if name not in slugs:
        return f"no account uses it; add [vendors.{name}] to the configuration"
    return ""
