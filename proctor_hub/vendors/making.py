"""From an entry point to a plugin: import, settings, constructor. Every loader uses it."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pluggy
from pydantic import BaseModel, ValidationError

from proctor_hub.errors import ConfigurationError, PluginRefused
from proctor_hub.vendors.calling import named
from proctor_hub.vendors.installed import PluginSource

_SCRUBBED_FROM = 5
"""Shorter configured strings stay in messages: no secret is that short, many words are."""


def import_plugin(source: PluginSource, settings_base: type[BaseModel]) -> type[Any]:
    """The class behind an entry point.

    :param settings_base: what its attribute ``Settings`` must be a subclass of.
    :raises proctor_hub.errors.PluginRefused: it cannot be imported, or is no such class.
    """
    value = source.entry_point.value
    try:
        loaded = source.entry_point.load()
    except (Exception, SystemExit) as error:
        raise PluginRefused(
            f"{value} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if not inspect.isclass(loaded):
        kind = "a module" if inspect.ismodule(loaded) else f"a {type(loaded).__name__}"
        raise PluginRefused(f"the entry point {value} is {kind}, not a plugin class")
    settings = getattr(loaded, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, settings_base)):
        raise PluginRefused(
            f"{value} has no attribute Settings that is a {settings_base.__name__} class"
        )
    return loaded


def validated(plugin_class: type[Any], table: Mapping[str, Any], section: str) -> BaseModel:
    """The plugin's settings, from its table of the configuration.

    :param section: the table's name, as in ``[vendors.acme]``; for messages.
    :raises proctor_hub.errors.PluginRefused: the table does not fit; repeats no value.
    """
    try:
        settings: BaseModel = plugin_class.Settings.model_validate(dict(table))
        return settings
    except ValidationError as error:
        # Only what pydantic says about the rule; the input and its context may be secrets.
        problems = [
            f"{'.'.join(map(str, one['loc'])) or '(whole table)'}: {one['msg']}"
            for one in error.errors(include_url=False, include_input=False, include_context=False)
        ]
    reason = without_values("; ".join(problems), table)
    raise PluginRefused(f"{section} is not valid: {reason}")


def built(
    plugin_class: type[Any],
    settings: BaseModel,
    host: object,
    table: Mapping[str, Any],
    section: str,
) -> object:
    """The plugin, built as ``Plugin(settings, host)``.

    :raises proctor_hub.errors.PluginRefused: its constructor raised; repeats no configured value.
    """
    try:
        plugin: object = plugin_class(settings, host)
        return plugin
    except ConfigurationError as error:
        what, text = section, str(error)
    except (Exception, SystemExit) as error:
        what, text = f"its constructor raised {named(error)}", str(error)
    raise PluginRefused(f"{what}: {without_values(text, table)}")


def registered(manager: pluggy.PluginManager, plugin: object, name: str) -> None:
    """Register the plugin; what pluggy itself finds wrong is refused, too.

    :raises proctor_hub.errors.PluginRefused: with pluggy's reason.
    """
    try:
        manager.register(plugin, name=name)
        manager.check_pending()
    except (pluggy.PluginValidationError, ValueError) as error:
        raise PluginRefused(f"pluggy refuses it: {error}") from error


def without_values(text: str, table: object) -> str:
    """``text`` without the longer configured strings, which a plugin's message may repeat."""
    if isinstance(table, Mapping):
        for value in table.values():
            text = without_values(text, value)
    elif isinstance(table, list | tuple):
        for value in table:
            text = without_values(text, value)
    elif isinstance(table, str) and len(table) >= _SCRUBBED_FROM:
        text = text.replace(table, "***")
    return text
