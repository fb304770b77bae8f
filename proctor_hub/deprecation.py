"""Plugins are told of what will go, with their own file and line; operators are told, too.

Three things of the contract can be deprecated: a hook or an argument of one
(``hookspec(deprecated=…)``, told when a plugin is loaded), a field of a contract type
(:func:`deprecated_fields`, told when a plugin reads it or gives it), a name that plugins import
(:func:`deprecated_names`, told at the import). Authors hear of it as a Python warning, which pytest
shows; operators find it in ``proctor-hub vendors``, ``proctor-hub doctor`` and once in the log.

The host itself may go on using what is deprecated: only what lies outside it is told.
"""

from __future__ import annotations

import pkgutil
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import unwrap
from types import FrameType
from typing import Any, TypeVar

from proctor_hub.contract_versions import Deprecated, earliest_removal, versions_of

Type = TypeVar("Type", bound=type)
_NO_PLUGIN = frozenset({"proctor_hub", "dataclasses"})
"""Top packages that are not told: the host, and what makes the methods of dataclasses."""


class ContractDeprecationWarning(DeprecationWarning):
    """A plugin uses what will go from the contract; file and line are the plugin's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeprecatedUse:
    """One place in a plugin. ``package``: its top-level package, as entry points name it."""

    what: str
    deprecated: Deprecated
    package: str
    file: str
    line: int

    @property
    def sentence(self) -> str:
        """What is deprecated, when it goes, what to do."""
        since, instead = self.deprecated.since, self.deprecated.instead
        gone = earliest_removal(since)
        return f"{self.what} is deprecated since {since} and may go in {gone}: {instead}"

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


Listener = Callable[[DeprecatedUse], None]


class _Seen:
    """Every use this process came across, once each; as many as there are lines with one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: dict[DeprecatedUse, None] = {}
        self._listener: Listener | None = None

    def add(self, use: DeprecatedUse) -> None:
        with self._lock:
            new = use not in self._uses
            self._uses[use] = None
            listener = self._listener
        if new and listener is not None:
            listener(use)

    def all(self) -> tuple[DeprecatedUse, ...]:
        with self._lock:
            return tuple(self._uses)

    def tell(self, listener: Listener) -> None:
        with self._lock:
            self._listener = listener
            before = tuple(self._uses)
        for use in before:
            listener(use)


_seen = _Seen()


def uses_in(package: str) -> tuple[DeprecatedUse, ...]:
    """What this process saw so far in the top-level package of a plugin."""
    return tuple(use for use in _seen.all() if use.package == package)


def listen(listener: Listener) -> None:
    """Tell ``listener`` of each use once, also of those seen before; the latest one counts."""
    _seen.tell(listener)


def tell_hook(spec: Callable[..., Any], method: Any, arguments: tuple[str, ...]) -> None:
    """Tell a plugin whose ``method`` implements a deprecated hook, or takes such arguments."""
    versions = versions_of(spec)
    marks = {f"the hook {spec.__name__}": versions.deprecated} | {
        f"the argument {name} of the hook {spec.__name__}": versions.deprecated_arguments.get(name)
        for name in arguments
    }
    for what, mark in marks.items():
        if mark is not None:
            function = unwrap(getattr(method, "__func__", method))
            code = function.__code__
            _tell(what, mark, code.co_filename, code.co_firstlineno, function.__globals__)


def deprecated_fields(**fields: Deprecated) -> Callable[[Type], Type]:
    """Deprecate fields of a frozen dataclass with slots; stands above ``@dataclass``."""

    def mend(cls: Type) -> Type:
        kept: Any = cls
        begin = kept.__init__

        @wraps(begin)
        def initialise(self: object, *args: Any, **given: Any) -> None:
            for name in fields.keys() & given.keys():
                _tell_frame(f"{cls.__name__}({name}=…)", fields[name], sys._getframe(1))
            begin(self, *args, **given)

        kept.__init__ = initialise
        for name, mark in fields.items():
            setattr(cls, name, _TellingField(getattr(cls, name), f"{cls.__name__}.{name}", mark))
        kept.__deprecated_fields__ = dict(fields)
        return cls

    return mend


class _TellingField:
    """In place of a slot: the same value, and whoever reads it is told."""

    def __init__(self, slot: Any, what: str, mark: Deprecated) -> None:
        self._slot, self._what, self._mark = slot, what, mark

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        if instance is None:
            return self
        _tell_frame(self._what, self._mark, sys._getframe(1))
        return self._slot.__get__(instance, owner)

    def __set__(self, instance: object, value: object) -> None:
        self._slot.__set__(instance, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeprecatedName:
    """``mark``, and where the thing is now, as ``package.module:name``."""

    mark: Deprecated
    place: str


def deprecated_names(module: str, names: Mapping[str, DeprecatedName]) -> Callable[[str], Any]:
    """A ``__getattr__`` for ``module`` that still knows ``names`` and tells who asks for one."""

    def find(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        _tell_frame(f"{module}.{name}", names[name].mark, sys._getframe(1))
        return pkgutil.resolve_name(names[name].place)

    return find


def _tell_frame(what: str, mark: Deprecated, frame: FrameType | None) -> None:
    """Tell the code in ``frame``, or who imports where that is the import system, if a plugin."""
    while frame is not None and _module_of(frame.f_globals).startswith("importlib."):
        frame = frame.f_back
    if frame is not None:
        _tell(what, mark, frame.f_code.co_filename, frame.f_lineno, frame.f_globals)


def _tell(what: str, mark: Deprecated, file: str, line: int, names: dict[str, Any]) -> None:
    module = _module_of(names)
    package = module.partition(".")[0]
    if package in _NO_PLUGIN:
        return
    use = DeprecatedUse(what=what, deprecated=mark, package=package, file=file, line=line)
    _seen.add(use)
    registry = names.setdefault("__warningregistry__", {})
    warnings.warn_explicit(
        use.sentence, ContractDeprecationWarning, file, line, module=module, registry=registry
    )


def _module_of(names: Mapping[str, Any]) -> str:
    return str(names.get("__name__", "?"))
