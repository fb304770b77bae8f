"""``contract.md``: every public name of ``proctor_hub``, by what it is for."""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import pkgutil
import types
import typing
from collections.abc import Mapping
from typing import Any

import proctor_hub
from proctor_hub import protocols, testing
from proctor_hub.contract_versions import Deprecated, earliest_removal
from proctor_hub.errors import ProctorHubError
from proctor_hub.protocols._rest_vendor import RestVendor
from proctor_hub.protocols.rest_settings import RestSettings

from . import text

GROUPS: Mapping[str, str] = {
    "Marks and tables": """
        hookimpl MANDATORY_HOOKS CAPABILITY_HOOKS __version__ ContractDeprecationWarning""",
    "The host, as a plugin sees it": """
        VendorSettings VendorHost HttpClient HttpReply raise_for_status""",
    "What hooks are told": """
        VendorDescription Capability RulesKind PersonalData Exam Learner Attempt Viewer""",
    "Launching sessions": """
        RulesCatalog ExamSynced Registration Registered OnboardingRefused LaunchPlan RedirectPlan
        FormPostPlan DownloadPlan ExamCodePlan NoticeAnswer HeartbeatPlan OnLoss OnboardingQuery
        OnboardingPage OnboardingProfile Health""",
    "Receiving reviews": """
        CallbackRoute AccountBy CallbackRequest Authentication Accepted Refused CallbackEvent
        AttemptRef SessionReady SessionEntered SessionEnded SessionFault ReviewReceived Incident
        normalise_incident_status OnboardingChanged Unrecognised CallbackOutcome Acknowledgement
        Answer RedirectToExam""",
    "Rendering dashboards": """
        DashboardRequest DashboardScope Dashboard DashboardEmbed DashboardLink DashboardData
        Instructions""",
    "Texts for people": "Texts Speech",
    "Handling staff decisions": """
        ReviewFacts Classification DecisionRequest Permission DecisionOutcome RetirementReceipt""",
    "Words": """
        ExamType AttemptStatus ReviewStatus ReviewOwner DecisionKind OnboardingStatus Role""",
    "Observers": "ObservedEvent",
    "Transports": "TransportSettings TransportHost LmsEvent",
    "Errors": """
        ProctorHubError ConfigurationError PluginError VendorError VendorUnavailable
        VendorProtocolError VendorUnauthorized VendorRejected TransportError DeliveryError
        DeliveryRefused""",
}
_ABOUT = {
    "hookimpl": "The mark of a method that implements a hook: `@hookimpl` above it.",
    "MANDATORY_HOOKS": "Hooks every vendor's own object implements; see [hooks](hooks.md).",
    "CAPABILITY_HOOKS": "Capability → the hooks it demands; see [hooks](hooks.md#capabilities).",
    "__version__": "The version of the installed host.",
    "ContractDeprecationWarning": "The category of the warnings about what will go from the "
    "contract; [how it changes](../explanation/contract-stability.md).",
}
_INTRO = """
The public door: everything `from proctor_hub import …` offers. A plugin imports from here, from
`proctor_hub.protocols` and from `proctor_hub.testing`, and from nowhere else. Values are frozen
dataclasses, built with keyword arguments. Points in time are aware UTC datetimes.
"""


def build() -> str:
    """The page; fails where a public name is missing from the groups, or one is too many."""
    grouped = [name for names in GROUPS.values() for name in names.split()]
    if sorted(grouped) != sorted(proctor_hub.__all__):
        odd = set(grouped) ^ set(proctor_hub.__all__)
        raise LookupError(f"docs/_ext/reference/contract.py: GROUPS does not fit __all__: {odd}")
    parts = [_INTRO]
    for title, names in GROUPS.items():
        parts.append(f"## {title}")
        parts += [_entry(name, getattr(proctor_hub, name)) for name in names.split()]
    return text.page("Contract types", *parts, _protocols(), _testing())


def _testing() -> str:
    """What the modules of ``proctor_hub.testing`` export, as the rest of the door."""
    parts = []
    for one in sorted(pkgutil.iter_modules(testing.__path__), key=lambda one: one.name):
        module = importlib.import_module(f"{testing.__name__}.{one.name}")
        if hasattr(module, "__all__"):
            parts.append(f"## `{module.__name__}`\n\n{text.prose(module.__doc__)}")
            parts += [_entry(name, getattr(module, name)) for name in module.__all__]
    return "\n\n".join(parts)


def _entry(name: str, value: Any) -> str:
    return f"### `{name}`\n\n" + (_ABOUT.get(name) or _described(value))


def _described(value: Any) -> str:
    if isinstance(value, types.UnionType) or typing.get_origin(value) is typing.Union:
        return "One of " + text.codes(one.__name__ for one in typing.get_args(value)) + "."
    if inspect.isfunction(value):
        shown = text.signature(value)
        return f"```python\ndef {value.__name__}{shown}\n```\n\n{text.prose(value.__doc__)}"
    if not inspect.isclass(value):
        return text.code(repr(value))
    if issubclass(value, enum.Enum):
        docs = text.member_docs(value)
        rows = ([text.code(f"{value.__name__}.{m.name}"), text.code(m.value)] for m in value)
        told = [[*row, text.prose(docs.get(m.name))] for row, m in zip(rows, value, strict=True)]
        header, cut = (["member", "value", ""], 3) if docs else (["member", "value"], 2)
        return text.prose(value.__doc__) + "\n\n" + text.table(header, [r[:cut] for r in told])
    if issubclass(value, ProctorHubError):
        retry = "may help" if value.retryable else "does not help"
        return f"{text.prose(value.__doc__)}\n\nCode `{value.code}`; trying again {retry}."
    if dataclasses.is_dataclass(value):
        return text.prose(value.__doc__) + _fields(value)
    return text.prose(value.__doc__) + _members(value)


def _fields(value: Any) -> str:
    going = getattr(value, "__deprecated_fields__", {})
    rows = [
        [
            text.code(one.name),
            text.code(str(one.type)),
            _default(one) + (_going(going[one.name]) if one.name in going else ""),
        ]
        for one in dataclasses.fields(value)
    ]
    return "\n\n" + text.table(["field", "type", "default"], rows) if rows else ""


def _going(mark: Deprecated) -> str:
    gone = earliest_removal(mark.since)
    return f"; **deprecated** since {mark.since}, may go in {gone}: {mark.instead}"


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default_factory is not dataclasses.MISSING:
        return text.code(repr(field.default_factory()))
    if field.default is dataclasses.MISSING:
        return "required"
    shown = field.default
    if isinstance(shown, enum.Enum):
        return text.code(f"{type(shown).__name__}.{shown.name}")
    if isinstance(shown, frozenset) and not shown:
        return "`frozenset()`"
    return text.code(str(shown) if hasattr(shown, "total_seconds") else repr(shown))


def _members(value: type) -> str:
    """The public members of a protocol, with their signatures."""
    out = []
    for name, member in vars(value).items():
        # Private, or pydantic's and pytest's business.
        if name.startswith(("_", "model_", "pytest_", "test_")):
            continue
        if isinstance(member, property):
            shown = f"{name}: {inspect.signature(member.fget).return_annotation}"  # type: ignore[arg-type]
            out.append(f"```python\n{shown}\n```\n\n{text.prose(member.__doc__)}")
            continue
        if isinstance(member, staticmethod):
            member = member.__func__
        if inspect.isfunction(member):
            shown = text.signature(member)
            out.append(f"```python\ndef {name}{shown}\n```\n\n{text.prose(member.__doc__)}")
    return "\n\n" + "\n\n".join(out) if out else ""


def _protocols() -> str:
    docs = text.member_docs(RestVendor)
    rows = [
        [
            text.code(name),
            text.code(str(kind).removeprefix("ClassVar[").removesuffix("]")),
            docs.get(name, ""),
        ]
        for name, kind in inspect.get_annotations(RestVendor).items()
    ]
    settings = [
        [text.code(name), "required" if one.is_required() else text.code(repr(one.default))]
        for name, one in RestSettings.model_fields.items()
    ]
    return "\n\n".join(
        [
            "## `proctor_hub.protocols`",
            f"### `RestProvider`\n\n{text.prose(protocols.RestProvider.__doc__)}",
            "Class attributes that a subclass replaces:",
            text.table(["attribute", "type", "meaning"], rows),
            "Methods a subclass may override without a mark: `registration_extras(exam, learner, "
            "attempt)`: " + text.sentence(RestVendor.registration_extras.__doc__),
            f"### `RestSettings`\n\n{text.prose(RestSettings.__doc__)}",
            text.table(["key", "default"], settings),
        ]
    )
