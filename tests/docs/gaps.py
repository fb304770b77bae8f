"""What the reference does not say: each function lists the undocumented things of one kind."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, get_args

from prometheus_client import CollectorRegistry
from pydantic import BaseModel
from reference import cli, events, hooks, problem_types, settings

from proctor_hub import hookspecs
from proctor_hub.contract_versions import versions_of
from proctor_hub.domain.effects import CreditStatus, Effect, EventType, MailKind
from proctor_hub.domain.words import Role
from proctor_hub.jobs.gauges import GAUGES
from proctor_hub.metrics import PREFIX
from proctor_hub.services.authorize import PERMISSIONS, Permission
from proctor_hub.settings import HubSettings
from proctor_hub.transports.contract import TransportSpec
from proctor_hub.vendors.observers import ObserverSpec
from tests.contract.facts import doors
from tests.docs.pages import DOCS, ROOT, read

SPECS = (hookspecs.VendorSpec, ObserverSpec, TransportSpec)
GENERATED_DOC = re.compile(r"^\w+\(.*\)$", re.DOTALL)
"""The docstring that a dataclass has where its author wrote none."""


def documented(thing: Any) -> bool:
    """Whether somebody wrote a docstring for it, itself."""
    told = (vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__) or ""
    return bool(told.strip()) and not GENERATED_DOC.match(told)


def rows(page: str) -> set[str]:
    """The first cells of all the page's tables, without their code marks."""
    found = re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)
    return {name.strip("` ") for cell in found for name in cell.split(", ")}


def of_hooks() -> list[str]:
    """Hooks without a docstring, a version, or an entry with their exact signature."""
    page = read("reference/hooks.md")
    found = []
    for spec in SPECS:
        for name in (name for name in dir(spec) if hasattr(getattr(spec, name), _SPEC)):
            hook = getattr(spec, name)
            entry = f"```python\n{hooks.signature(spec, name)}\n```\n\n"
            told = page.partition(entry)[2].partition("\n#")[0]
            if not (documented(hook) and f"- Since: {versions_of(hook).since}" in told):
                found.append(name)
    return found


_SPEC = "proctor_hub_spec"


def of_settings(root: type[BaseModel] = HubSettings) -> list[str]:
    """Keys without a meaning in the page, of every table there is."""
    page = read("reference/settings.md")
    told = dict(re.findall(r"^\| `(\w+)` \|(?:[^|]*\|){2} ([^|]*) \|$", page, re.MULTILINE))
    found = []
    for model in _tables(root):
        meanings: Mapping[str, str] = settings.MEANINGS.get(model, {})
        for name in model.model_fields:
            if not meanings.get(name) or not told.get(name, "").strip():
                found.append(f"{model.__name__}.{name}")
    return found


def _tables(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for part in (field.annotation, *get_args(field.annotation)):
            if inspect.isclass(part) and issubclass(part, BaseModel):
                yield from _tables(part)


def of_plugin_settings() -> list[str]:
    """Keys of the shipped plugins that their own READMEs do not tell."""
    found = []
    for plugin in ("proctortrack", "rpnow"):
        module = import_module(f"proctor_hub_{plugin}.plugin")
        (cls,) = (one for name, one in vars(module).items() if name.endswith("Plugin"))
        told = rows((ROOT / "plugins" / plugin / "README.md").read_text(encoding="utf-8"))
        found += [f"{plugin}.{key}" for key in cls.Settings.model_fields if key not in told]
    return found


def of_commands() -> list[str]:
    """Commands, arguments and options without help, or without an entry in the page."""
    page = read("reference/cli.md")
    found = []
    for name, command in cli.commands().items():
        entry = page.partition(f"\n## `{name}`\n\n")[2].partition("\n## ")[0]
        if not (command.help or "").strip() or not entry.strip():
            found.append(name)
        for one in command.params:
            argument = one.param_type_name == "argument"
            shown = str(one.name).upper() if argument else one.opts[0]
            helped = (getattr(one, "help", "") or "").strip()
            if one.name != "help" and not (helped and shown in rows(entry)):
                found.append(f"{name} {shown}")
    return found


def of_how_tos() -> list[str]:
    """Commands that no how-to guide names, in a line to type or between code marks."""
    pages = [page.read_text(encoding="utf-8") for page in (DOCS / "how-to").glob("*.md")]
    typed = {
        call
        for page in pages
        for line in re.findall(r"^\$ .*$|`[^`\n]+`|^ExecStart=.*$", page, re.MULTILINE)
        for call in re.findall(r"proctor-hub ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)", line)
    }
    told = typed | {call.split()[0] for call in typed}
    return sorted(name for name in cli.commands() if name not in {*told, "proctor-hub"})


def of_errors() -> list[str]:
    """Classes of errors and codes of problems that the page does not list, or says nothing of."""
    page = read("reference/errors.md")
    found = [
        error.__name__
        for error in problem_types.tree()
        if not documented(error) or f"| `{error.__name__}` | `{error.code}` |" not in page
    ]
    told = rows(page)
    return found + [one.code for one in problem_types.special() if one.code not in told]


def of_events() -> list[str]:
    """Events, effects, fields, e-mails and credit statuses that the page does not list."""
    page = read("reference/events.md")
    listed = rows(page)
    in_tables = [*EventType, *Effect, *events.payload_keys()]
    in_text = [*CreditStatus, *MailKind]
    found = [str(one) for one in in_tables if str(one) not in listed]
    return found + [str(one) for one in in_text if f"`{one}`" not in page]


def of_metrics(registry: CollectorRegistry) -> list[str]:
    """Metrics of the hub without a text or a row in the page, labels included."""
    page = read("reference/metrics.md")
    found = []
    for one in registry.collect():
        name = f"{one.name}_total" if one.type == "counter" else one.name
        if name.startswith(PREFIX) and f"| `{name}` | {one.type} |" not in page:
            found.append(name)
        if name.startswith(PREFIX) and not one.documentation.strip():
            found.append(name)
    for name, gauge in GAUGES.items():
        row = f"| `{PREFIX}_{name}` | {', '.join(gauge.labels) or '-'} |"
        if not gauge.about.strip() or row not in page:
            found.append(name)
    return found


def of_paths(described: Mapping[str, Any]) -> list[str]:
    """Operations of the HTTP API without a summary, or without a row in the page."""
    page = read("reference/http-api.md")
    found = []
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            row = f"| `{method.upper()} {path}` | {one.get('summary', '')} |"
            if not one.get("summary", "").strip() or row not in page:
                found.append(f"{method.upper()} {path}")
    return found


def of_permissions() -> list[str]:
    """Permissions and roles that the page does not have."""
    page = read("reference/permissions.md")
    header = next(line for line in page.splitlines() if line.startswith("| may |"))
    roles = [role for role in Role if PERMISSIONS[role]]
    missing = [str(role) for role in roles if f"| {role.replace('_', ' ')} |" not in header]
    return missing + [one.name for one in Permission if f"\n| {one.value} |" not in page]


def of_door() -> list[str]:
    """Public names without an entry, and classes and functions without a docstring."""
    page = read("reference/contract.md")
    found = []
    for module in doors():
        for name in module.__all__:
            thing = getattr(module, name)
            speaks = inspect.isclass(thing) or inspect.isfunction(thing)
            entry = page.partition(f"\n### `{name}`\n\n")[2].partition("\n#")[0].strip()
            if not entry or (speaks and not documented(thing)):
                found.append(f"{module.__name__}.{name}")
            if inspect.isclass(thing):
                found += [f"{name}.{one}" for one in _silent(thing)]
    return found


def _silent(cls: type) -> list[str]:
    """The public methods and properties of a class that have no docstring."""
    return [
        name
        for base in cls.__mro__
        if base.__module__.partition(".")[0] == "proctor_hub"
        for name, one in vars(base).items()
        if not name.startswith("_")
        and (inspect.isfunction(one) or isinstance(one, property))
        and not documented(one)
    ]
