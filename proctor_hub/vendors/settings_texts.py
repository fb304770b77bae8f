"""The texts among a plugin's settings, secret ones too: to look at, and to find where they leak."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingText:
    """One text. Holds secrets in the clear: for comparing, never for showing.

    :param key: with the names of the tables it is in, ``inner.key``.
    :param usual: it is the default.
    """

    key: str
    text: str
    secret: bool
    usual: bool


def texts_in(settings: BaseModel, path: str = "") -> Iterator[SettingText]:
    """Every text of the settings, those of tables in them too, in the order of the model."""
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        key, usual = f"{path}{name}", value == field.default
        if isinstance(value, BaseModel):
            yield from texts_in(value, f"{key}.")
        elif isinstance(value, SecretStr):
            yield SettingText(key=key, text=value.get_secret_value(), secret=True, usual=usual)
        elif isinstance(value, str):
            yield SettingText(key=key, text=value, secret=False, usual=usual)
