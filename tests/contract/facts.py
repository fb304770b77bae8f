"""The public door as plain facts, one a line: what a plugin author can rely on.

``path: text``. Paths are ``proctor_hub.Attempt.code`` (a field, member, method or attribute),
``proctor_hub.raise_for_status(reply)`` (an argument), ``proctor_hub.LaunchPlan -> RedirectPlan``
(one of a union), ``hook launch_session``, ``hook launch_session(exam)``, ``hook launch_session ->
RedirectPlan`` (what it may answer) and ``demand every vendor/parse_callback`` (what plugins must
have). A text ends with ``, required`` or `` = default``; ``(deprecated since 0.2: …)`` follows.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from _pytest.fixtures import FixtureFunctionDefinition
from pydantic import BaseModel

import proctor_hub
from proctor_hub import CAPABILITY_HOOKS, MANDATORY_HOOKS, protocols, testing
from proctor_hub.contract_versions import Deprecated, versions_of
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.transports import contract as transports
from proctor_hub.vendors import observers, results

Facts = dict[str, str]
_MACHINERY = ("_", "model_", "pytest_", "test_")
"""How members begin that are not for authors: private, pydantic's, pytest's."""
_UNSTABLE = re.compile(r" at 0x[0-9a-f]+")


def doors() -> list[ModuleType]:
    """The modules whose ``__all__`` is the contract: of ``proctor_hub.testing``, its rooms."""
    rooms = (f"{testing.__name__}.{one.name}" for one in pkgutil.iter_modules(testing.__path__))
    found = [proctor_hub, protocols, *map(importlib.import_module, sorted(rooms))]
    return [module for module in found if hasattr(module, "__all__")]


def door() -> Facts:
    """Every fact of the door as it is now, sorted by path."""
    found: Facts = {}
    for module in doors():
        for name in sorted(module.__all__):
            found.update(_named(f"{module.__name__}.{name}", getattr(module, name)))
    for name, old in proctor_hub.DEPRECATED_NAMES.items():
        path = f"proctor_hub.{name}"
        found |= {path: f"at {old.place}{_deprecated(old.mark)}"}
    for spec, hooks in (
        (VendorSpec, results.HOOKS),
        (observers.ObserverSpec, observers.HOOKS),
        (transports.TransportSpec, transports.HOOKS),
    ):
        for hook in hooks:
            found.update(_hook(hook, getattr(spec, hook)))
    demands = {"every vendor": MANDATORY_HOOKS, **CAPABILITY_HOOKS}
    for who, demanded in demands.items():
        found |= {f"demand {who}/{hook}": "required" for hook in demanded}
    return dict(sorted(found.items()))


def _named(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, types.UnionType) or typing.get_origin(value) is typing.Union:
        yield path, "union"
        for one in typing.get_args(value):
            yield f"{path} -> {one.__name__}", "one of it"
    elif inspect.isfunction(value):
        yield from _function(path, value, "function")
    elif inspect.isclass(value):
        yield from _class(path, value)
    else:
        yield path, f"a {type(value).__name__}"


def _class(path: str, cls: Any) -> Iterator[tuple[str, str]]:
    if issubclass(cls, enum.Enum):
        yield path, "enum"
        yield from ((f"{path}.{one.name}", f"member {one.value!r}") for one in cls)
    elif issubclass(cls, BaseException):
        marks = "".join(
            f", {mark} {getattr(cls, mark)!r}" for mark in ("code", "retryable") if mark in dir(cls)
        )
        yield path, f"exception, a kind of {cls.__bases__[0].__name__}{marks}"
        yield from _function(path, cls.__init__, "", skip_result=True)
    elif dataclasses.is_dataclass(cls):
        told = dataclasses.fields(cls)
        plain = [one.name for one in told if one.init and not one.kw_only]
        yield path, f"values, {f'in order: {plain}' if plain else 'built with keywords'}"
        marks = getattr(cls, "__deprecated_fields__", {})
        for one in told:
            text = f"field {one.type}{_default_of(one)}{_deprecated(marks.get(one.name))}"
            yield f"{path}.{one.name}", text
    elif issubclass(cls, BaseModel):
        yield path, "settings"
        for name, found in cls.model_fields.items():
            default = ", required" if found.is_required() else f" = {_shown(found.default)}"
            yield f"{path}.{name}", f"setting {_type(found.annotation)}{default}"
    else:
        yield path, "class"
        if getattr(cls, "_is_protocol", False):
            yield from _members(path, cls)
            return
        yield from _function(path, cls.__init__, "", skip_result=True)
    yield from _members(path, cls)


def _members(path: str, cls: Any) -> Iterator[tuple[str, str]]:
    """Public methods, properties and class attributes that the host's classes define."""
    fields = {one.name for one in dataclasses.fields(cls)} if dataclasses.is_dataclass(cls) else ()
    for name in sorted({name for base in _ours(cls) for name in vars(base)} - {*fields}):
        base = next(base for base in _ours(cls) if name in vars(base))
        value = vars(base)[name]
        if name.startswith(_MACHINERY) or isinstance(value, enum.Enum | FixtureFunctionDefinition):
            continue
        if isinstance(value, property):
            yield f"{path}.{name}", f"property {_annotated(value.fget, 'return')}"
        elif isinstance(value, staticmethod | classmethod):
            yield from _function(f"{path}.{name}", value.__func__, type(value).__name__)
        elif inspect.isfunction(value):
            yield from _function(f"{path}.{name}", value, "method")
        elif not issubclass(cls, BaseException) and not inspect.ismemberdescriptor(value):
            kind = inspect.get_annotations(base).get(name, type(value).__name__)
            yield f"{path}.{name}", f"attribute {kind}"


def _ours(cls: type) -> list[type]:
    return [base for base in cls.__mro__ if base.__module__.partition(".")[0] == "proctor_hub"]


def _function(
    path: str, function: Any, kind: str, *, skip_result: bool = False
) -> Iterator[tuple[str, str]]:
    if not inspect.isfunction(function):
        return
    found = inspect.signature(function)
    if not skip_result:
        yield path, f"{kind} -> {found.return_annotation}"
    named = [one for one in found.parameters.values() if one.name != "self"]
    for place, one in enumerate(named, start=1):
        where = "by keyword" if one.kind is one.KEYWORD_ONLY else str(place)
        default = ", required" if one.default is one.empty else f" = {_shown(one.default)}"
        if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
            where, default = str(one.kind.description), ""
        annotation = "any" if one.annotation is one.empty else one.annotation
        yield f"{path}({one.name})", f"argument {where}: {annotation}{default}"


def _hook(name: str, hook: Any) -> Iterator[tuple[str, str]]:
    versions = versions_of(hook)
    yield f"hook {name}", f"since {versions.since}{_deprecated(versions.deprecated)}"
    for one in inspect.signature(hook).parameters.values():
        if one.name != "self":
            mark = _deprecated(versions.deprecated_arguments.get(one.name))
            since = versions.since_of(one.name)
            yield f"hook {name}({one.name})", f"argument {one.annotation}, since {since}{mark}"
    answers = results.ANSWERS.get(name)
    for kind in answers.types if answers else ():
        yield f"hook {name} -> {kind.__name__}", "in a tuple" if answers.of_many else "alone"


def _annotated(function: Any, name: str) -> str:
    return str(inspect.get_annotations(function).get(name, "any"))


def _type(hint: Any) -> str:
    """A resolved type by plain names, so that moving a class from module to module is no change."""
    origin, parts = typing.get_origin(hint), [_type(one) for one in typing.get_args(hint)]
    if origin is typing.Annotated:
        return parts[0]
    if isinstance(hint, types.UnionType) or origin is typing.Union:
        return " | ".join(parts).replace("NoneType", "None")
    name = getattr(origin or hint, "__name__", str(hint))
    return f"{name}[{', '.join(parts)}]" if parts else name


def _default_of(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return f" = {field.default_factory()!r}"
    return ", required" if field.default is dataclasses.MISSING else f" = {_shown(field.default)}"


def _shown(value: object) -> str:
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if isinstance(value, frozenset):
        return f"frozenset {sorted(map(str, value))}"
    return _UNSTABLE.sub("", repr(value))


def _deprecated(mark: Deprecated | None) -> str:
    return f" (deprecated since {mark.since}: {mark.instead})" if mark else ""


def written(facts: Mapping[str, str]) -> str:
    """The facts as a snapshot file has them: a name and what belongs to it stand together."""
    lines: list[str] = []
    last = ""
    for path, text in facts.items():
        group = owner_of(path)
        lines += [""] if group != last and lines else []
        lines.append(f"{path}: {text}")
        last = group
    return "\n".join(lines) + "\n"


def read(text: str) -> Facts:
    """The facts of a snapshot file."""
    pairs = (line.partition(": ") for line in text.splitlines() if line)
    return {path: fact for path, _, fact in pairs}


def owner_of(path: str) -> str:
    """The name, hook or demand that a fact belongs to."""
    plain = re.split(r"\(| -> |/", path)[0]
    if not plain.startswith("proctor_hub."):
        return plain
    # Modules are in small letters; what begins with a capital, or is last, is the name.
    words = plain.split(".")
    name = next((n for n, word in enumerate(words) if word[0].isupper()), len(words) - 1)
    return ".".join(words[: name + 1])
