"""What each hook may answer: the types of the hook specifications, checked at every call.

The table is read from the specifications' own annotations, so the two cannot drift apart.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType, NoneType, UnionType

from proctor_hub.contract_versions import PROJECT
from proctor_hub.hookspecs import VendorSpec


@dataclass(frozen=True, slots=True)
class Answers:
    """The types a hook's answer, or each member of its answer, is one of.

    :param of_many: True where the answer is a tuple of such values.
    """

    types: tuple[type, ...]
    of_many: bool = False

    def accepts(self, value: object) -> bool:
        """Whether a hook may answer ``value``."""
        if not self.of_many:
            return isinstance(value, self.types)
        return isinstance(value, tuple) and all(isinstance(item, self.types) for item in value)

    def __str__(self) -> str:
        names = " | ".join(kind.__name__ for kind in self.types)
        return f"tuple of {names}" if self.of_many else names


def describe(value: object) -> str:
    """The type of ``value``, and the types in it if it is a tuple; never the value itself."""
    if not isinstance(value, tuple):
        return type(value).__name__
    return f"tuple of {' | '.join(sorted({type(item).__name__ for item in value})) or 'nothing'}"


def _members(annotation: object) -> tuple[type, ...]:
    if isinstance(annotation, UnionType) or typing.get_origin(annotation) is typing.Union:
        parts = typing.get_args(annotation)
    else:
        parts = (annotation,)
    return tuple(part for part in parts if isinstance(part, type) and part is not NoneType)


def _answers(hook: str) -> Answers:
    annotation = typing.get_type_hints(getattr(VendorSpec, hook))["return"]
    for part in typing.get_args(annotation):
        if typing.get_origin(part) is tuple:
            return Answers(_members(typing.get_args(part)[0]), of_many=True)
    return Answers(_members(annotation))


HOOKS = frozenset(
    name for name in dir(VendorSpec) if hasattr(getattr(VendorSpec, name), f"{PROJECT}_spec")
)
"""The names of all vendor hooks."""

ANSWERS: Mapping[str, Answers] = MappingProxyType({hook: _answers(hook) for hook in HOOKS})
"""Hook → what it may answer."""
