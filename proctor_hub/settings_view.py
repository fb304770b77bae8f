"""The settings for operators' eyes: each with its value and where it comes from, secrets never.

What a vendor's plugin or an endpoint's transport is given is theirs to read: the host cannot know
what of it is secret, and shows of all of it only that it is set.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, Secret, SecretStr

from proctor_hub.settings import PREFIX, HubSettings, config_file
from proctor_hub.web.context import SettingLine

_OPEN = frozenset({"plugin", "transport", "courses"})
"""Keys of an account's or endpoint's table that the host itself reads."""

_TABLES = ("vendors", "lms.endpoints")

Path = tuple[str, ...]


def setting_lines(settings: HubSettings) -> tuple[SettingLine, ...]:
    """Every setting, in the order of the classes that declare them."""
    return tuple(_lines(settings, (), _Sources()))


class _Sources:
    """Where settings come from, as :class:`HubSettings` reads them: environment, then file."""

    def __init__(self) -> None:
        self._variables = {name.upper(): name for name in os.environ}
        self._file = _read()

    def of(self, path: Path) -> str:
        """The variable or file that gives the setting; empty: neither does."""
        # A variable may hold a whole table as JSON: then it gives all that is under it.
        for length in range(len(path), 0, -1):
            name = PREFIX + "__".join(path[:length]).upper()
            if name in self._variables:
                return self._variables[name]
        found: Any = self._file
        for part in path:
            if not isinstance(found, Mapping) or part not in found:
                return ""
            found = found[part]
        return str(config_file())


def _read() -> Mapping[str, Any]:
    try:
        return tomllib.loads(config_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _lines(model: BaseModel, path: Path, sources: _Sources) -> Iterator[SettingLine]:
    for name in type(model).model_fields:
        here, value = (*path, name), getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _lines(value, here, sources)
        elif ".".join(here) in _TABLES:
            yield from _tables(value, here, sources)
        else:
            yield _line(value, here, sources)


def _tables(
    tables: Mapping[str, Mapping[str, Any]], path: Path, sources: _Sources
) -> Iterator[SettingLine]:
    for slug, table in tables.items():
        for key, value in table.items():
            here = (*path, slug, key)
            if key in _OPEN:
                yield _line(value, here, sources)
            else:
                yield _secret(True, here, sources)


def _line(value: Any, path: Path, sources: _Sources) -> SettingLine:
    if _is_secret(value):
        given = value if isinstance(value, tuple) else value.get_secret_value()
        return _secret(bool(given), path, sources)
    if value in (None, ()) and _declared_secret(path):
        return _secret(False, path, sources)
    return SettingLine(name=".".join(path), value=_told(value), source=sources.of(path))


def _secret(is_set: bool, path: Path, sources: _Sources) -> SettingLine:
    value = "set" if is_set else ""
    return SettingLine(name=".".join(path), value=value, source=sources.of(path), secret=True)


def _is_secret(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_is_secret(one) for one in value)
    return isinstance(value, SecretStr | Secret)


def _declared_secret(path: Path) -> bool:
    model: type[BaseModel] = HubSettings
    for part in path[:-1]:
        inner = model.model_fields[part].annotation
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return False
        model = inner
    return "Secret" in str(model.model_fields[path[-1]].annotation)


def _told(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return ""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_told(one)}" for key, one in value.items())
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(_told(one) for one in value)
    return _without_credentials(str(value))


def _without_credentials(text: str) -> str:
    """A URL without what may be secret in it; any other text as it is."""
    if "://" not in text:
        return text
    parts = urlsplit(text)
    host = parts.netloc.rpartition("@")[2]
    query = "…" if parts.query else ""
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
