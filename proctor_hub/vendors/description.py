"""Whether a vendor's description and routes hold what their types promise; checked at load."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from proctor_hub.domain.words import ExamType
from proctor_hub.errors import PluginRefused
from proctor_hub.vendors.receiving import AccountBy, CallbackRoute
from proctor_hub.vendors.routes import POLL, shape_of
from proctor_hub.vendors.subjects import Capability, PersonalData, RulesKind, VendorDescription


def check_description(description: VendorDescription) -> None:
    """Refuse a description whose fields are of other types or make no sense.

    :raises proctor_hub.errors.PluginRefused: names the field.
    """
    name: object = description.name
    _require(isinstance(name, str) and name.strip(), "name: is no text, or empty")
    _require_all("capabilities", description.capabilities, Capability)
    _require_all("exam_types", description.exam_types, ExamType)
    _require_all("personal_data", description.personal_data, PersonalData)
    _require(isinstance(description.rules_kind, RulesKind), "rules_kind: is no RulesKind")
    _require(description.exam_types, "exam_types: is empty")
    _require(ExamType.TIMED not in description.exam_types, "exam_types: timed exams need no vendor")
    for field in ("readiness_lifetime", "onboarding_validity", "poll_every"):
        value = getattr(description, field)
        _require(
            isinstance(value, timedelta) and value > timedelta(0), f"{field}: must be over zero"
        )


def check_routes(routes: Iterable[CallbackRoute]) -> None:
    """Refuse routes of one plugin that clash with each other or cannot find their account.

    :raises proctor_hub.errors.PluginRefused: names the route.
    """
    names: set[str] = set()
    paths: dict[tuple[str, str], str] = {}
    for route in routes:
        _check_route(route)
        key = (route.method.upper(), shape_of(route.path))
        other = paths.setdefault(key, route.name)
        if other != route.name:
            raise PluginRefused(
                f"callback_routes: {other} and {route.name} are both {key[0]} {route.path}"
            )
        if route.name in names:
            raise PluginRefused(f"callback_routes: the name {route.name} is given twice")
        names.add(route.name)


def _check_route(route: CallbackRoute) -> None:
    if route.name == POLL:
        raise PluginRefused(f"callback_routes: the name {POLL} is the host's own: choose another")
    if not route.path.startswith("/") or "?" in route.path or route.path.startswith("//"):
        raise PluginRefused(f"callback_routes: {route.name}: {route.path!r} is no absolute path")
    if route.account is AccountBy.ATTEMPT_CODE and "{attempt_code}" not in route.path:
        raise PluginRefused(
            f"callback_routes: {route.name} finds its account by attempt code, but "
            f"{route.path} has no {{attempt_code}}"
        )


def _require_all(field: str, values: object, kind: type[StrEnum]) -> None:
    _require(
        isinstance(values, frozenset) and all(isinstance(value, kind) for value in values),
        f"{field}: is no frozenset of {kind.__name__}",
    )


def _require(holds: object, problem: str) -> None:
    if not holds:
        raise PluginRefused(f"describe_vendor: {problem}")
