"""Placeholders of the data files: ``{name}`` in any text of a nested value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from proctor_hub.demo.errors import DemoError

_PLACEHOLDER = re.compile(r"\{([a-z0-9_:]+)\}")


def filled(value: Any, values: Mapping[str, str]) -> Any:
    """``value`` with every placeholder replaced; tables and lists are gone through.

    :raises DemoError: a placeholder has no value.
    """
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _known(found[1], values), value)
    if isinstance(value, Mapping):
        return {name: filled(one, values) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, values) for one in value]
    return value


def _known(name: str, values: Mapping[str, str]) -> str:
    if name not in values:
        raise DemoError(f"the data files use {{{name}}}, which has no value here")
    return values[name]
