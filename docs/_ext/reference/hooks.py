"""``hooks.md``: every hook, its exact signature, what happens where it is not answered."""

from __future__ import annotations

import re
from pathlib import Path

import proctor_hub
from proctor_hub import CAPABILITY_HOOKS, MANDATORY_HOOKS, hookspecs
from proctor_hub.contract_versions import Deprecated, earliest_removal, versions_of
from proctor_hub.transports.contract import TRANSPORTS_GROUP, TransportSpec
from proctor_hub.vendors.default_flow import DefaultFlow
from proctor_hub.vendors.observers import OBSERVERS_GROUP, ObserverSpec
from proctor_hub.vendors.results import HOOKS

from . import text

FAMILIES = (
    ("Launching sessions", hookspecs.LaunchingSessions),
    ("Receiving reviews", hookspecs.ReceivingReviews),
    ("Rendering dashboards", hookspecs.RenderingDashboards),
    ("Handling staff decisions", hookspecs.HandlingDecisions),
)
_CALLERS = ("services", "jobs", "web", "cli", "app.py")
_INTRO = """
The vendor contract is `proctor_hub/hookspecs.py`. A plugin is one class per vendor; the host
builds one object of it per configured account and gives that account a plugin manager of its own,
with the default flow underneath ([why](../explanation/one-manager-per-account.md)).

Hooks take keyword arguments and return values. Leave out the arguments you do not need. Every
answer is checked against the type in the signature. An answer of another type is
`WrongHookResult`; an exception that is neither a `VendorError` nor a `ConfigurationError` is
`HookRaised`. Both are kept apart from the vendor's own failures: nothing is retried because of
them.

Each hook and argument says since which version of the contract it is there. Later ones bring more
arguments; a plugin that does not name them stays as it is
([how the contract changes](../explanation/contract-stability.md)).

Returning `None` hands the hook to the default flow. The default flow has no answer for
`describe_vendor` and `launch_session`: `None` there is `HookNotAnswered`.
"""
_REFUSALS = """
## What the loader refuses

Each of these makes the account *broken*: `proctor-hub vendors` names the distribution and the
reason, and only courses that use the account are harmed.

- the entry point is not a class, or the class has no `Settings` that is a `VendorSettings`
- `[vendors.<slug>]` does not fit `Settings` (unknown keys included)
- a method bears a hook's name without `@hookimpl`; a method that overrides a marked one needs the
  mark too
- a marked method whose hook does not exist, or two methods for one hook
- `tryfirst`, `trylast`, `wrapper`, `hookwrapper`, `optionalhook`
- an argument the hook does not have, an argument with a default, `*args`, `**kwargs`
- `async` methods and generators
- a mandatory hook that is missing, or one that a declared capability demands
- a description with a field of another type, no exam types, `timed` among them, or a lifetime
  that is not over zero
- callback routes that clash, have no absolute path, or find their account by attempt code without
  `{attempt_code}` in the path; routes that clash with those of an account configured before
- two installed plugins of one name: neither is loaded
"""


def signature(spec: type, name: str) -> str:
    """The signature as the specification has it."""
    return f"def {name}{text.signature(getattr(spec, name))}"


def names_of(spec: type) -> list[str]:
    """The hooks of a specification, in its order."""
    return [name for name in vars(spec) if hasattr(getattr(spec, name), "proctor_hub_spec")]


def demanded_by(hook: str) -> str:
    """Who has to implement a hook."""
    if hook in MANDATORY_HOOKS:
        return "every vendor"
    demanding = sorted(cap for cap, hooks in CAPABILITY_HOOKS.items() if hook in hooks)
    return f"capability {text.codes(demanding)}" if demanding else "nobody"


def if_none(hook: str) -> str:
    """What ``None`` comes to."""
    default = getattr(DefaultFlow, hook, None)
    if default is None:
        return "not allowed: `HookNotAnswered`"
    return text.sentence(default.__doc__)


def callers() -> dict[str, list[str]]:
    """Hook → the host's modules that name it. What the vendor's facade holds does not count."""
    root = Path(str(proctor_hub.__file__)).parent
    files = [one for name in _CALLERS for one in _modules(root / name)]
    texts = {file: file.read_text(encoding="utf-8") for file in sorted(files)}
    found: dict[str, list[str]] = {}
    for hook in sorted(HOOKS):
        used = re.compile(rf"(?:\.{hook}\(|[\"']{hook}[\"'])")
        found[hook] = [
            str(file.relative_to(root.parent))
            for file, source in texts.items()
            if used.search(source)
        ]
    for asked_at_load in ("describe_vendor", "callback_routes"):
        found[asked_at_load].insert(0, "proctor_hub/vendors/facade.py")
    return found


def build() -> str:
    """The page."""
    used = callers()
    parts = [
        _INTRO,
        "## The order in which hooks fire\n\n" + text.literal_block(hookspecs.__doc__),
        "## All hooks\n\n" + _summary(used),
        "## Capabilities\n\nA capability that a vendor declares must come with these hooks; "
        "this is checked at load. One that it does not declare is refused politely by the host.\n\n"
        + text.table(
            ["capability", "hooks the plugin must implement"],
            (
                [text.code(cap), text.codes(sorted(hooks))]
                for cap, hooks in CAPABILITY_HOOKS.items()
            ),
        ),
    ]
    for title, spec in FAMILIES:
        parts.append(f"## {title}")
        parts += [_hook(spec, name, used[name]) for name in names_of(spec)]
    parts += [_transports(), _observers(), _REFUSALS]
    return text.page("Hooks", *parts)


def _modules(path: Path) -> list[Path]:
    return [path] if path.is_file() else list(path.rglob("*.py"))


def _summary(used: dict[str, list[str]]) -> str:
    rows = (
        [
            f"[`{name}`](#{name.replace('_', '-')})",
            title.lower(),
            demanded_by(name),
            if_none(name),
            "yes" if used[name] else "**not yet**",
        ]
        for title, spec in FAMILIES
        for name in names_of(spec)
    )
    header = [
        "hook",
        "family",
        "demanded from",
        "where it returns `None`",
        "called in this version",
    ]
    return text.table(header, rows)


def _hook(spec: type, name: str, used: list[str]) -> str:
    asked = text.codes(used) if used else "nobody in this version; the contract is there already"
    default = getattr(DefaultFlow, name, None)
    allowed = "`None` is allowed. Default flow: " if default else "`None` is "
    return "\n\n".join(
        [
            f"({name.replace('_', '-')})=",
            f"### {name}",
            f"```python\n{signature(spec, name)}\n```",
            text.prose(getattr(spec, name).__doc__),
            _versions(spec, name) + f"- Demanded from: {demanded_by(name)}.\n"
            f"- {allowed}{if_none(name).removesuffix('.')}.\n- Called by: {asked}.",
        ]
    )


def _versions(spec: type, name: str) -> str:
    """Since when the hook is there, what came later, what will go; as items of a list."""
    found = versions_of(getattr(spec, name))
    since = f"- Since: {found.since}"
    since += "".join(f"; `{one}` since {later}" for one, later in found.arguments.items())
    marks = {f"`{one}`": mark for one, mark in found.deprecated_arguments.items()}
    if found.deprecated:
        marks = {"The hook": found.deprecated, **marks}
    return f"{since}.\n" + "".join(f"- {what} {_going(mark)}\n" for what, mark in marks.items())


def _going(mark: Deprecated) -> str:
    gone = earliest_removal(mark.since)
    return f"**is deprecated** since {mark.since} and may go in {gone}: {mark.instead}."


def _plainly(spec: type) -> str:
    return "\n\n".join(
        f"```python\n{signature(spec, name)}\n```\n\n"
        + f"{text.prose(getattr(spec, name).__doc__)}\n\n{_versions(spec, name).strip()}"
        for name in names_of(spec)
    )


def _transports() -> str:
    return (
        f"## Transports\n\nA transport takes events to an LMS endpoint; `webhook` is built in, "
        f"others are classes in the entry-point group `{TRANSPORTS_GROUP}`, built as "
        "`Transport(settings, host)` once per endpoint "
        "([how](../how-to/transports.md)). The loader refuses what it refuses of vendor plugins. "
        "An exception that is neither a `TransportError` nor a `VendorError` is a defect of the "
        "transport, and so is an answer: the event then waits, and operators see why.\n\n"
        + _plainly(TransportSpec)
    )


def _observers() -> str:
    return (
        f"## Observers\n\nAn observer is a class without arguments in the entry-point group "
        f"`{OBSERVERS_GROUP}`. It is told after the commit, best effort, one at a time; what it "
        "raises is reported and harms nobody. Its answers are ignored. What must happen belongs "
        f"into the [outbox](events.md), not here.\n\n{_plainly(ObserverSpec)}"
    )
