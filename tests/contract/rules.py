"""What a version may change of the door: nothing that a plugin built for the last one uses.

The rules in words: docs/explanation/contract-stability.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from proctor_hub.contract_versions import earliest_removal

_DEPRECATED = re.compile(r" \(deprecated since (?P<since>\d+\.\d+): .*\)$")
_DEFAULT = re.compile(r" = .*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a difference. ``told``: what a plugin author notices. ``refused``: why the
    version may not bring it; empty where it may."""

    sign: str
    path: str
    text: str
    told: str
    refused: str = ""

    def __str__(self) -> str:
        why = f"\n      REFUSED: {self.refused}" if self.refused else ""
        return f"  {self.sign} {self.path}: {self.text}\n      {self.told}{why}"


def changes(old: Mapping[str, str], new: Mapping[str, str], version: str) -> list[Change]:
    """What lies between two snapshots, ``new`` being that of ``version``; by path."""
    found = []
    for path in sorted(old.keys() | new.keys()):
        if path not in old:
            found.append(_added(path, new[path], old))
        elif path not in new:
            found.append(_gone(path, old[path], version))
        elif old[path] != new[path]:
            found.append(_changed(path, old[path], new[path]))
    return found


def _added(path: str, text: str, old: Mapping[str, str]) -> Change:
    plain = {"sign": "+", "path": path, "text": text}
    if path.startswith("demand "):
        who = path.removeprefix("demand ").partition("/")[0]
        if who != "every vendor" and f"proctor_hub.Capability.{who.upper()}" not in old:
            return Change(**plain, told="comes with a new capability")
        remedy = "let the default flow answer where a plugin does not"
        told = "plugins that lack the hook are not loaded any more"
        return Change(**plain, told=told, refused=remedy)
    if text.endswith(", required") and _parent(path) in old:
        told = "plugins that do not give it stop working"
        return Change(**plain, told=told, refused="give it a default")
    return Change(**plain, told="new: plugins may use it, and need not")


def _gone(path: str, text: str, version: str) -> Change:
    plain = {"sign": "-", "path": path, "text": text}
    if path.startswith("demand "):
        return Change(**plain, told="plugins may leave the hook out now")
    told = "plugins that use it stop working"
    mark = _DEPRECATED.search(text)
    if mark is None:
        rest = f"deprecate it since {version}; it may go in {earliest_removal(version)}"
        return Change(**plain, told=told, refused=rest)
    earliest = earliest_removal(mark["since"])
    if _numbers(version) < _numbers(earliest):
        return Change(**plain, told=told, refused=f"it may go in {earliest}, not before")
    return Change(**plain, told=f"{told}; they were told since {mark['since']}")


def _changed(path: str, old: str, new: str) -> Change:
    plain = {"sign": "~", "path": path, "text": f"{old}  →  {new}"}
    before, after = _DEPRECATED.sub("", old), _DEPRECATED.sub("", new)
    if before == after:
        marked = _DEPRECATED.search(new)
        told = "plugins that use it are told now" if marked else "plugins are no longer told"
        return Change(**plain, told=told)
    if _base(before) == _base(after):
        if after.endswith(", required"):
            told = "plugins that leave it out stop working"
            return Change(**plain, told=told, refused="leave it its default")
        given = before.endswith(", required")
        told = "may be left out now" if given else "plugins that leave it out get another value"
        return Change(**plain, told=told)
    told = "plugins that count on what it was stop working"
    remedy = "leave it, and add something new beside it; then deprecate this"
    return Change(**plain, told=told, refused=remedy)


def _base(text: str) -> str:
    """A fact without its default."""
    return _DEFAULT.sub("", text.removesuffix(", required"))


def _parent(path: str) -> str:
    """What an argument or a field belongs to."""
    return path.partition("(")[0] if "(" in path else path.rpartition(".")[0]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
