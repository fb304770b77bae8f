"""How good an installed plugin is known to be: the conformance kit's result, shipped inside it.

The kit (:mod:`proctor_hub.testing`) writes the file; the host only reads it. A result counts for
exactly the sources it was made from: it carries their digest and the plugin's version. It must be
of a kit of this minor version, or a later one: an older one tried less.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Any

from proctor_hub.domain.told import noted, told
from proctor_hub.vendors.installed import PluginSource

RESULT = "conformance.json"
"""The file's name, in the top package of the plugin."""

KIT = metadata.version("proctor-hub")
"""The version of the kit that comes with this host."""


class Tier(StrEnum):
    """A step of the quality scale; it holds when its checks and those below it pass."""

    BRONZE = "bronze"
    SILVER = "silver"
    GOLD = "gold"
    PLATINUM = "platinum"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """What is known of a plugin's quality.

    :param tier: None: none is proven. :param detail: why none is.
    :param exempted: check → why its author exempted the plugin from it.
    """

    tier: Tier | None
    detail: str = ""
    exempted: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.said())

    def said(self) -> str:
        """The tier with what is exempted, or why there is none; sayable in other languages."""
        if self.tier is None:
            return told("none: %(why)s", why=self.detail)
        tier = told(_TIERS[self.tier])
        if not self.exempted:
            return tier
        detail = told("exempted: %(checks)s", checks=", ".join(self.exempted))
        return told("%(tier)s (%(detail)s)", tier=tier, detail=detail)


_TIERS = {
    Tier.BRONZE: noted("bronze"),
    Tier.SILVER: noted("silver"),
    Tier.GOLD: noted("gold"),
    Tier.PLATINUM: noted("platinum"),
}


def quality_of(plugin: PluginSource) -> Quality:
    """What the result shipped in an installed plugin proves; imports nothing of the plugin."""
    folder = package_folder(plugin.entry_point.module)
    if folder is None:
        return Quality(tier=None, detail=told("the plugin is no package, so it ships no result"))
    return quality_in(folder, plugin.version)


def quality_in(folder: Path, version: str) -> Quality:
    """What the result in a package's folder proves about that package in this version."""
    try:
        found: Any = json.loads((folder / RESULT).read_text(encoding="utf-8"))
        tier, made_for, digest = found["tier"], found["version"], found["digest"]
        made_by, older = found["kit"], _minor(found["kit"]) < _minor(KIT)
        exempted = {str(check): str(why) for check, why in sorted(found["exempted"].items())}
        known = None if tier is None else Tier(tier)
    except FileNotFoundError:
        return Quality(tier=None, detail=told("it ships no result of the conformance kit"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Quality(tier=None, detail=told("its %(file)s cannot be read", file=RESULT))
    if made_for != version:
        why = told(
            "its result is of version %(made_for)s, not %(version)s",
            made_for=made_for,
            version=version,
        )
        return Quality(tier=None, detail=why)
    if digest != digest_of(folder):
        return Quality(tier=None, detail=told("its result is of other sources; run the kit again"))
    if older:
        why = told(
            "its result is of an older kit (%(made_by)s, here %(version)s); run the kit again",
            made_by=made_by,
            version=KIT,
        )
        return Quality(tier=None, detail=why)
    if known is None:
        return Quality(tier=None, detail=told("it does not pass the conformance kit"))
    return Quality(tier=known, exempted=exempted)


def _minor(version: str) -> tuple[int, ...]:
    """Major and minor number; patches of the kit try the same.

    :raises ValueError: it is no version.
    """
    return tuple(int(part) for part in version.split(".", 2)[:2])


def package_folder(module: str) -> Path | None:
    """The folder of a module's top package; None where it is none, or not installed."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def digest_of(folder: Path) -> str:
    """SHA-256 over names and contents of all files of a package but the result itself."""
    total = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.suffix == ".pyc" or path == folder / RESULT:
            continue
        name = path.relative_to(folder).as_posix().encode()
        content = path.read_bytes()
        for part in (name, content):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
