"""The contract grows and plugins stay as they are: everywhere one argument, one field more."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterator
from functools import partialmethod
from importlib.metadata import EntryPoint
from typing import Any

import pytest
import responses

import proctor_hub
from proctor_hub import (
    Attempt,
    DecisionKind,
    ExamType,
    LaunchPlan,
    RedirectPlan,
    Role,
    hookimpl,
)
from proctor_hub.contract_versions import hookspec
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.vendors import loader
from proctor_hub.vendors.calling import HookCalls
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.results import HOOKS
from tests.contract.snapshots import previous
from tests.contract.test_previous_minor import ACCOUNTS, AT
from tests.contract.wheels import installed, wheel_of
from tests.support import make_registry, plugin_of
from tests.vendors.support import ATTEMPT, EXAM, LEARNER, callback

VALUES = [
    name for name in proctor_hub.__all__ if dataclasses.is_dataclass(getattr(proctor_hub, name))
]
ARGUMENTS: dict[str, Callable[[], Any]] = {
    "language": lambda: "de",
    "exam": lambda: _grown(EXAM),
    "learner": lambda: _grown(LEARNER),
    "attempt": lambda: _grown(ATTEMPT),
    "attempts": lambda: (_grown(ATTEMPT),),
    "query": lambda: proctor_hub.OnboardingQuery(course_id="c", pseudonym="p"),
    "request": lambda: callback(path_params={"external_id": "x"}, body=b'{"what": "fault"}'),
    "outcome": lambda: proctor_hub.CallbackOutcome(status=200, code="applied"),
    "status": lambda: proctor_hub.ReviewStatus.SUSPICIOUS,
    "review": lambda: proctor_hub.ReviewFacts(
        status=proctor_hub.ReviewStatus.SUSPICIOUS,
        exam_type=ExamType.PROCTORED,
        attempt_status=ATTEMPT.status,
        incident_count=1,
        revision=1,
    ),
    "decision": lambda: proctor_hub.DecisionRequest(
        kind=DecisionKind.ESCALATE,
        role=Role.SUPPORT,
        exam_type=ExamType.PROCTORED,
        attempt_status=ATTEMPT.status,
    ),
    "kind": lambda: DecisionKind.PASS,
    "pseudonym": lambda: "p",
}
DASHBOARD = "render_dashboard"


class Curious(FakeVendor):
    """A plugin of the next version: it takes the new argument."""

    @hookimpl
    def launch_session(self, attempt: Attempt, novelty: str) -> LaunchPlan:
        return RedirectPlan(url=f"https://acme.example/{novelty}")


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for method in ("GET", "POST", "PUT", "DELETE"):
            answer = {"id": 1, "session": "s-1", "what": "review", "colour": "red"}
            mock.add(method, re.compile(f"{AT}/.*"), json=answer)
        yield mock


@pytest.fixture
def next_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hook has an argument more, which the host gives, every value a field more."""
    call = HookCalls.__call__
    longer = partialmethod(call, novelty="new")
    monkeypatch.setattr(HookCalls, "__call__", longer)
    monkeypatch.setattr(loader, "VendorSpec", type("NextSpec", (VendorSpec,), _longer_hooks()))
    for name in VALUES:
        monkeypatch.setattr(proctor_hub, name, _grown_class(getattr(proctor_hub, name)))


def _longer_hooks() -> dict[str, Any]:
    def longer(hook: str) -> Any:
        # From source, as a method: pluggy reads arguments from a specification's code.
        made: dict[str, Any] = {}
        method = f"def {hook}({', '.join(['self', *_names(hook), 'novelty'])}): ..."
        exec(f"class Spec:\n    {method}", made)
        mark = hookspec(since="0.1", arguments={"novelty": "0.9"})
        return mark(getattr(made["Spec"], hook))

    return {hook: longer(hook) for hook in HOOKS}


def _names(hook: str) -> list[str]:
    return [one for one in inspect.signature(getattr(VendorSpec, hook)).parameters if one != "self"]


def _grown_class(cls: Any) -> Any:
    more = [("novelty", str, dataclasses.field(default="new"))]
    made = dataclasses.make_dataclass(
        cls.__name__, more, bases=(cls,), frozen=True, slots=True, kw_only=True
    )
    made.__module__ = cls.__module__
    return made


def _grown(value: Any) -> Any:
    """The value as the next version would tell it."""
    known = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    return getattr(proctor_hub, type(value).__name__)(**known)


def _arguments(hook: str) -> dict[str, Any]:
    if hook == DASHBOARD:
        viewer = proctor_hub.Viewer(id="1", full_name="Sue", email="s@x.test", role="course_team")
        scope = proctor_hub.DashboardScope.COURSE
        request = proctor_hub.DashboardRequest(scope=scope, course_id="c", viewer=viewer)
        return {"request": request}
    return {name: ARGUMENTS[name]() for name in _names(hook)}


def _plugins(wheel: list[EntryPoint]) -> list[EntryPoint]:
    return [one for one in wheel if one.group == "proctor_hub.vendors"]


def _plain(answer: Any) -> Any:
    """An answer without what the next version adds."""
    if isinstance(answer, tuple):
        return tuple(map(_plain, answer))
    if not dataclasses.is_dataclass(answer) or isinstance(answer, type):
        return answer
    told = {one.name: _plain(getattr(answer, one.name)) for one in dataclasses.fields(answer)}
    told.pop("novelty", None)
    return (type(answer).__name__, told)


def _ask(vendor: Vendor, hook: str) -> Any:
    return vendor._call(hook, **_arguments(hook))


@pytest.mark.parametrize("slug", ["lantern", "acme"])
def test_one_argument_and_one_field_more_change_nothing_for_a_plugin(
    slug: str, wire: responses.RequestsMock, request: pytest.FixtureRequest
) -> None:
    def answers() -> dict[str, Any]:
        with installed(wheel_of(previous())) as found:
            registry = make_registry(ACCOUNTS, None, _plugins(found))
            assert not registry.broken
            vendor = registry.get(slug)
            return {hook: _plain(_ask(vendor, hook)) for hook in sorted(HOOKS)}

    before = answers()
    request.getfixturevalue("next_contract")
    after = answers()
    for one in (before, after) if slug == "acme" else ():
        one.pop("register_attempt")  # the fake vendor numbers its sessions
        one.pop("sync_exam")
    assert after == before
    if slug == "lantern":
        assert len(before) == 25


def test_a_plugin_that_names_the_new_argument_gets_it(next_contract: None) -> None:
    vendor = make_registry({"acme": {}}, None, []).get("acme")
    assert "/new" not in str(_ask(vendor, "launch_session"))
    curious = {"curious": {"plugin": "curious"}}
    new = make_registry(curious, None, [plugin_of("curious", Curious)]).get("curious")
    assert _ask(new, "launch_session").url.endswith("/new")


def test_a_plugin_for_a_newer_contract_is_refused_with_the_argument_named() -> None:
    curious = {"curious": {"plugin": "curious"}}
    found = make_registry(curious, None, [plugin_of("curious", Curious)])
    assert "'novelty' that launch_session does not have" in found.broken["curious"].reason


@pytest.mark.parametrize("name", VALUES)
def test_values_are_built_by_keyword_so_that_fields_can_be_added(name: str) -> None:
    fields = dataclasses.fields(getattr(proctor_hub, name))
    assert all(one.kw_only for one in fields if one.init)
    parameters = getattr(proctor_hub, name).__dataclass_params__
    assert parameters.frozen
