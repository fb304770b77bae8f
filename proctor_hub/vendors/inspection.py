"""What pluggy would let pass in silence, and the loader refuses (design §2)."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

import pluggy

from proctor_hub.deprecation import tell_hook
from proctor_hub.errors import PluginRefused
from proctor_hub.hookspecs import CAPABILITY_HOOKS, MANDATORY_HOOKS, VendorSpec
from proctor_hub.vendors.results import HOOKS

_FORBIDDEN_OPTIONS = ("tryfirst", "trylast", "hookwrapper", "wrapper", "optionalhook")
_DEFERRED = (
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
)


def implemented_hooks(
    manager: pluggy.PluginManager,
    plugin: object,
    spec: type = VendorSpec,
    known: frozenset[str] = HOOKS,
) -> frozenset[str]:
    """The hooks the plugin's own object implements, inherited ones included.

    :param spec: the specification it is to fit, by default that of vendors; ``known``: its hooks.
    :raises proctor_hub.errors.PluginRefused: it is no instance, or something on it looks like a
        hook and would not work as one.
    """
    if inspect.isclass(plugin) or inspect.ismodule(plugin):
        kind = "a class" if inspect.isclass(plugin) else "a module"
        raise PluginRefused(f"it is {kind} where an instance belongs")
    hooks: dict[str, str] = {}
    for name in dir(plugin):
        options = manager.parse_hookimpl_opts(plugin, name)
        if options is None:
            _refuse_unmarked(name, known)
            continue
        hook = _hook_of(name, options, known)
        if hook in hooks:
            raise PluginRefused(f"both {hooks[hook]} and {name} implement the hook {hook}")
        taken = _check_signature(name, getattr(spec, hook), getattr(plugin, name))
        tell_hook(getattr(spec, hook), getattr(plugin, name), taken)
        hooks[hook] = name
    return frozenset(hooks)


def check_complete(implemented: frozenset[str], capabilities: frozenset[Any]) -> None:
    """Refuse a vendor that lacks a mandatory hook, or one its declared capabilities demand.

    :raises proctor_hub.errors.PluginRefused: names the hooks, and the capability.
    """
    missing = sorted(MANDATORY_HOOKS - implemented)
    if missing:
        raise PluginRefused(f"it does not implement the mandatory {_listed(missing)}")
    for capability in sorted(capabilities):
        missing = sorted(CAPABILITY_HOOKS[capability] - implemented)
        if missing:
            raise PluginRefused(
                f"it declares the capability {capability} but does not implement {_listed(missing)}"
            )


def _refuse_unmarked(name: str, known: frozenset[str]) -> None:
    if name in known:
        raise PluginRefused(
            f"{name} bears a hook's name but is no method marked with @hookimpl; mark it (a "
            "method that overrides a marked one needs the mark too), or rename it"
        )


def _hook_of(name: str, options: Mapping[str, Any], known: frozenset[str]) -> str:
    used = [option for option in _FORBIDDEN_OPTIONS if options.get(option)]
    if used:
        raise PluginRefused(
            f"{name} is marked with {', '.join(used)}; a plugin stands alone, so there is no "
            "order and nothing to wrap"
        )
    hook = str(options.get("specname") or name)
    if hook not in known:
        near = get_close_matches(hook, known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise PluginRefused(f"{name} is marked as the hook {hook}, which does not exist{hint}")
    if name in known and hook != name:
        raise PluginRefused(f"{name} bears a hook's name but is marked as the hook {hook}")
    return hook


def _check_signature(name: str, hook: Any, method: Any) -> tuple[str, ...]:
    """The names of the arguments that the method takes."""
    if any(test(method) for test in _DEFERRED):
        raise PluginRefused(f"{name} is asynchronous or a generator; hooks return their answer")
    known = [one for one in inspect.signature(hook).parameters if one != "self"]
    for parameter in inspect.signature(method).parameters.values():
        if parameter.kind is not inspect.Parameter.POSITIONAL_OR_KEYWORD:
            raise PluginRefused(
                f"{name} takes {parameter}; hooks name their arguments plainly: {_listed(known)}"
            )
        if parameter.name not in known:
            raise PluginRefused(
                f"{name} takes an argument {parameter.name!r} that {hook.__name__} does not have "
                f"(it has: {_listed(known)})"
            )
        # pluggy passes nothing to arguments that have a default: the default would always win.
        if parameter.default is not inspect.Parameter.empty:
            raise PluginRefused(f"{name} gives its argument {parameter.name!r} a default")
    return tuple(inspect.signature(method).parameters)


def _listed(names: list[str]) -> str:
    return ", ".join(names) or "none"
