"""Plugins with one flaw each, all otherwise the fake vendor; named by ``test_refusals``."""

from __future__ import annotations

import dataclasses
import sys
from typing import Any

import pluggy
from pydantic import field_validator

from proctor_hub import (
    AccountBy,
    CallbackRoute,
    Capability,
    ConfigurationError,
    ExamType,
    VendorDescription,
    VendorSettings,
    hookimpl,
)
from proctor_hub.testing.fake_vendor import FakeSettings, FakeVendor


class Unmarked(FakeVendor):
    def report_label(self, status: Any) -> str:
        return "never called by pluggy"


class UnmarkedOverride(FakeVendor):
    def register_attempt(self, exam: Any, learner: Any, attempt: Any) -> Any:
        return super().register_attempt(exam, learner, attempt)


class HookIsNone(FakeVendor):
    render_dashboard = None  # type: ignore[assignment]


class HookIsProperty(FakeVendor):
    @property
    def report_label(self) -> Any:
        return lambda status: "label"


class UnmarkedOnInstance(FakeVendor):
    def __init__(self, settings: Any, host: Any) -> None:
        super().__init__(settings, host)
        self.report_label = lambda status: "label"


class TryFirst(FakeVendor):
    @hookimpl(tryfirst=True)
    def report_label(self, status: Any) -> str:
        return "label"


class TryLast(FakeVendor):
    @hookimpl(trylast=True)
    def report_label(self, status: Any) -> str:
        return "label"


class Wrapper(FakeVendor):
    @hookimpl(wrapper=True)
    def report_label(self, status: Any) -> Any:
        return (yield)


class OldWrapper(FakeVendor):
    @hookimpl(hookwrapper=True)
    def report_label(self, status: Any) -> Any:
        yield


class Optional(FakeVendor):
    @hookimpl(optionalhook=True)
    def reprot_label(self, status: Any) -> str:
        return "label"


class SpecMark(FakeVendor):
    @pluggy.HookspecMarker("proctor_hub")(firstresult=True)
    def report_label(self, status: Any) -> str:
        return "label"


class Misspelt(FakeVendor):
    @hookimpl
    def reprot_label(self, status: Any) -> str:
        return "label"


class WrongArgument(FakeVendor):
    @hookimpl
    def report_label(self, state: Any) -> str:
        return "label"


class DefaultedArgument(FakeVendor):
    @hookimpl
    def rules_catalog(self, language: str = "en") -> Any:
        return super().rules_catalog(language)


class Async(FakeVendor):
    @hookimpl
    async def health_check(self) -> Any:  # type: ignore[override]
        return None


class TwiceOneHook(FakeVendor):
    @hookimpl(specname="classify_review")
    def again(self, review: Any) -> Any:
        return None


class IsClass(FakeVendor):
    def __new__(cls, *_: Any) -> Any:
        return FakeVendor


class IsModule(FakeVendor):
    def __new__(cls, *_: Any) -> Any:
        return sys


class NoMandatory:
    Settings = FakeSettings

    def __init__(self, settings: Any, host: Any) -> None:
        self.settings = settings

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return VendorDescription(
            name="n", capabilities=frozenset(), exam_types=frozenset({ExamType.PROCTORED})
        )


class NoSettings:
    pass


class Minimal(NoMandatory):
    """The mandatory hooks and nothing else."""

    @hookimpl
    def register_attempt(self) -> None:
        return None

    @hookimpl
    def launch_session(self) -> None:
        return None

    @hookimpl
    def callback_routes(self) -> None:
        return None

    @hookimpl
    def authenticate_callback(self) -> None:
        return None

    @hookimpl
    def parse_callback(self) -> None:
        return None

    @hookimpl
    def classify_review(self) -> None:
        return None

    @hookimpl
    def authorize_decision(self) -> None:
        return None


class Boasting(Minimal):
    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        return dataclasses.replace(
            super().describe_vendor(), capabilities=frozenset({Capability.SESSION_NOTICES})
        )


class DescribesDict(FakeVendor):
    @hookimpl
    def describe_vendor(self) -> Any:
        return {"name": "acme"}


class DescribesNothing(FakeVendor):
    @hookimpl
    def describe_vendor(self) -> Any:
        return None


class DescribesWords(FakeVendor):
    @hookimpl
    def describe_vendor(self) -> Any:
        words: Any = {"polling"}
        return dataclasses.replace(super().describe_vendor(), capabilities=words)


class DescribesTimed(FakeVendor):
    @hookimpl
    def describe_vendor(self) -> Any:
        return dataclasses.replace(
            super().describe_vendor(), exam_types=frozenset({ExamType.TIMED})
        )


def _route(name: str, path: str, account: AccountBy = AccountBy.TOKEN) -> CallbackRoute:
    return CallbackRoute(name=name, method="POST", path=path, account=account)


class SamePathTwice(FakeVendor):
    @hookimpl
    def callback_routes(self) -> Any:
        return (_route("one", "/a/{x}"), _route("two", "/a/{y}"))


class SameNameTwice(FakeVendor):
    @hookimpl
    def callback_routes(self) -> Any:
        return (_route("one", "/a"), _route("one", "/a"))


class RelativePath(FakeVendor):
    @hookimpl
    def callback_routes(self) -> Any:
        return (_route("one", "a"),)


class NoAttemptCode(FakeVendor):
    @hookimpl
    def callback_routes(self) -> Any:
        return (_route("one", "/a/{code}", AccountBy.ATTEMPT_CODE),)


class RoutesList(FakeVendor):
    @hookimpl
    def callback_routes(self) -> Any:
        return [_route("one", "/a")]


class ByUrl(FakeVendor):
    """Sound by itself, but finds its account in another way than the fake vendor."""

    @hookimpl
    def callback_routes(self) -> Any:
        path = "/callbacks/acme/{external_id}/ready"
        return (_route("ready", path, AccountBy.URL),)


class Raises(FakeVendor):
    def __init__(self, settings: Any, host: Any) -> None:
        raise RuntimeError(f"cannot use {settings.api_key.get_secret_value()}")


class Exits(FakeVendor):
    def __init__(self, settings: Any, host: Any) -> None:
        sys.exit(3)


class NeedsOther(FakeVendor):
    def __init__(self, settings: Any, host: Any) -> None:
        raise ConfigurationError("base_url: must be another")


class TalkativeSettings(VendorSettings):
    password: str

    @field_validator("password")
    @classmethod
    def _check(cls, value: str) -> str:
        raise ValueError(f"{value} is too weak")


class Talkative(FakeVendor):
    Settings = TalkativeSettings  # type: ignore[assignment]


INSTANCE = object()
