"""Since which version of the contract a hook is there, and what of it will go.

A version of the contract is a minor version of this distribution: ``0.2``. The rules are in the
documentation, "How the contract changes".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pluggy

PROJECT = "proctor_hub"
_pluggys_mark = pluggy.HookspecMarker(PROJECT)
_VERSIONS = "proctor_hub_versions"
Hook = TypeVar("Hook", bound=Callable[..., Any])


def earliest_removal(since: str) -> str:
    """The first version that may be without what is deprecated since ``since``.

    Before 1.0 the second minor version after it, from then on the next major version.
    """
    major, minor = map(int, since.split("."))
    return f"0.{minor + 2}" if major == 0 else f"{major + 1}.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deprecated:
    """The mark of what works on and will go.

    :param since: the version whose plugins are told. :param instead: what to do, a sentence's end.
    """

    since: str
    instead: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookVersions:
    """``since``: when the hook came. ``arguments``: when those came that it did not begin with.
    ``deprecated``, ``deprecated_arguments``: what of it will go."""

    since: str
    arguments: Mapping[str, str] = field(default_factory=dict)
    deprecated: Deprecated | None = None
    deprecated_arguments: Mapping[str, Deprecated] = field(default_factory=dict)

    def since_of(self, argument: str) -> str:
        """The version that brought an argument."""
        return self.arguments.get(argument, self.since)


def hookspec(
    *,
    since: str,
    firstresult: bool = True,
    arguments: Mapping[str, str] | None = None,
    deprecated: Deprecated | None = None,
    deprecated_arguments: Mapping[str, Deprecated] | None = None,
) -> Callable[[Hook], Hook]:
    """Mark a method as the specification of a hook; see :class:`HookVersions`.

    What is deprecated is told by the loader, not by pluggy: pluggy would tell the default flow.
    """
    versions = HookVersions(
        since=since,
        arguments=dict(arguments or {}),
        deprecated=deprecated,
        deprecated_arguments=dict(deprecated_arguments or {}),
    )

    def mark(hook: Hook) -> Hook:
        setattr(hook, _VERSIONS, versions)
        return _pluggys_mark(hook, firstresult=firstresult)

    return mark


def versions_of(hook: Callable[..., Any]) -> HookVersions:
    """The versions of a hook's specification.

    :raises TypeError: it is none, or bears no version.
    """
    versions = getattr(hook, _VERSIONS, None)
    if not isinstance(versions, HookVersions):
        raise TypeError(f"{hook!r} is not marked with proctor_hub's hookspec")
    return versions
