"""Observers: told after the commit, best effort, one at a time (design §2).

An observer is a class in the entry-point group ``proctor_hub.observers``, built without arguments,
with any of the hooks of :class:`ObserverSpec` marked ``@hookimpl``. What must happen does not
belong here but in the outbox.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from importlib.metadata import EntryPoint
from typing import Any

import pluggy
import structlog

from proctor_hub.contract_versions import PROJECT, hookspec
from proctor_hub.deprecation import tell_hook
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.errors import PluginRefused
from proctor_hub.vendors.calling import named
from proctor_hub.vendors.installed import PluginSource

OBSERVERS_GROUP = "proctor_hub.observers"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedEvent:
    """What happened to an attempt. No personal data.

    :param vendor: the vendor account's slug; None for timed exams.
    :param from_status: None for a new attempt; equal to ``to_status`` where nothing moved.
    :param cause: who or what caused it, as the history says.
    :param at: aware UTC.
    """

    attempt_code: str
    course_id: str
    exam_id: int
    vendor: str | None
    from_status: AttemptStatus | None
    to_status: AttemptStatus
    cause: str
    at: datetime


class ObserverSpec:
    """The observers' hooks; what they return is ignored."""

    @hookspec(since="0.1", firstresult=False)
    def attempt_changed(self, event: ObservedEvent) -> None:
        """An attempt's status changed, or an attempt began."""

    @hookspec(since="0.1", firstresult=False)
    def review_received(self, event: ObservedEvent) -> None:
        """A review was stored as a revision, whether it moved the attempt or not."""

    @hookspec(since="0.1", firstresult=False)
    def decision_made(self, event: ObservedEvent) -> None:
        """Somebody decided, here or in the vendor's dashboard."""


HOOKS = ("attempt_changed", "review_received", "decision_made")


@dataclass(frozen=True, slots=True, kw_only=True)
class ObserverFailure:
    """An observer that could not be loaded (``hook`` empty), or that raised."""

    observer: str
    distribution: str
    hook: str
    reason: str


FailureReport = Callable[[ObserverFailure], None]


def log_failure(failure: ObserverFailure) -> None:
    """Report a failure to the log; the default."""
    structlog.get_logger("proctor_hub.observers").error(
        "observer_failed",
        observer=failure.observer,
        distribution=failure.distribution,
        hook=failure.hook,
        reason=failure.reason,
    )


class Observers:
    """All loaded observers. Telling them never raises."""

    def __init__(
        self, entry_points: Iterable[EntryPoint] = (), report: FailureReport = log_failure
    ) -> None:
        """``report`` is called for each failure, at load and later; see :func:`load_observers`."""
        self._report = report
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(ObserverSpec)
        self._sources: dict[str, PluginSource] = {}
        for source in map(PluginSource.of, entry_points):
            self._load(source)
        self._callers = {hook: self._one_by_one(hook) for hook in HOOKS}

    @property
    def names(self) -> tuple[str, ...]:
        """The observers in use, in the order they are told."""
        return tuple(self._sources)

    def attempt_changed(self, event: ObservedEvent) -> None:
        """Tell that an attempt's status changed."""
        self._tell("attempt_changed", event)

    def review_received(self, event: ObservedEvent) -> None:
        """Tell that a review was stored."""
        self._tell("review_received", event)

    def decision_made(self, event: ObservedEvent) -> None:
        """Tell that somebody decided."""
        self._tell("decision_made", event)

    def _tell(self, hook: str, event: ObservedEvent) -> None:
        for source, caller in self._callers[hook]:
            try:
                caller(event=event)
            except (Exception, SystemExit) as error:
                self._fail(source, hook, f"raised {named(error)}")

    def _load(self, source: PluginSource) -> None:
        name = source.name
        if name in self._sources:
            other = self._sources[name]
            self._fail(source, "", f"the name {name!r} is taken by {other}")
            return
        try:
            observer = _build(source)
            self._manager.register(observer, name=name)
        except (Exception, SystemExit) as error:
            self._fail(source, "", f"{type(error).__name__}: {error}")
            return
        self._sources[name] = source

    def _one_by_one(self, hook: str) -> list[tuple[PluginSource, Any]]:
        callers = []
        for name, source in self._sources.items():
            others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name]
            callers.append((source, self._manager.subset_hook_caller(hook, others)))
        return callers

    def _fail(self, source: PluginSource, hook: str, reason: str) -> None:
        failure = ObserverFailure(
            observer=source.name, distribution=str(source), hook=hook, reason=reason
        )
        try:
            self._report(failure)
        # The report is the caller's; its own failure must not undo what is committed.
        except Exception as error:
            log_failure(
                ObserverFailure(
                    observer=source.name,
                    distribution=str(source),
                    hook=hook,
                    reason=f"{reason}; and reporting it raised {named(error)}",
                )
            )


def load_observers(
    entry_points: Iterable[EntryPoint] | None = None, report: FailureReport = log_failure
) -> Observers:
    """All installed observers; one that does not load is reported and left out."""
    points = metadata.entry_points(group=OBSERVERS_GROUP) if entry_points is None else entry_points
    return Observers(points, report)


def _build(source: PluginSource) -> object:
    loaded = source.entry_point.load()
    if not inspect.isclass(loaded):
        raise PluginRefused(f"{source.entry_point.value} is not a class")
    observer: object = loaded()
    probe = pluggy.PluginManager(PROJECT)
    for name in dir(observer):
        options = probe.parse_hookimpl_opts(observer, name)
        if options is None and name in HOOKS:
            raise PluginRefused(f"{name} bears a hook's name but is not marked with @hookimpl")
        if options is not None and (options.get("specname") or name) not in HOOKS:
            raise PluginRefused(f"{name} is marked as a hook, but observers have no such hook")
        if options is not None:
            hook = getattr(ObserverSpec, options.get("specname") or name)
            method = getattr(observer, name)
            tell_hook(hook, method, tuple(inspect.signature(method).parameters))
    return observer
