"""Partial changes: a field that was not given is not the same as one that is set to nothing."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class Unset(Enum):
    """The type of :data:`UNSET`."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
"""The field was not given: it keeps its value, or its default on creation."""


def given(settings: DataclassInstance) -> dict[str, Any]:
    """The fields of a settings dataclass that were given, by name."""
    values = ((field.name, getattr(settings, field.name)) for field in fields(settings))
    return {name: value for name, value in values if value is not UNSET}
