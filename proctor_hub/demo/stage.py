"""The stage: hub, sandboxes and LMS running, with credentials for all of them."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from proctor_hub.demo.client import HubClient
from proctor_hub.demo.data import Plan
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.filling import filled
from proctor_hub.demo.lms import SECRET_VARIABLE
from proctor_hub.demo.processes import Processes, free_port, run
from proctor_hub.demo.start import STAGE_VARIABLE
from proctor_hub.demo.steering import Sandbox

CLI = "proctor_hub.cli"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Everything that runs. ``addresses``: name → URL, for people."""

    plan: Plan
    hub: HubClient
    sandboxes: Mapping[str, Sandbox]
    lms_url: str
    addresses: Mapping[str, str]
    processes: Processes

    def gradebook(self) -> dict[str, Any]:
        """What the LMS shows: ``rows``, ``changes`` and ``counts``."""
        response = requests.get(f"{self.lms_url}/gradebook.json", timeout=(3, 10))
        response.raise_for_status()
        book: dict[str, Any] = response.json()
        return book

    def mails(self) -> list[dict[str, Any]]:
        """What arrived in the mailbox, the oldest first."""
        response = requests.get(f"{self.lms_url}/mailbox.json", timeout=(3, 10))
        response.raise_for_status()
        found: list[dict[str, Any]] = response.json()
        return found

    def make_staff(self, user_id: str, role: str) -> None:
        """Grant a role over all courses, as an operator does on the command line."""
        run([["staff", "add", user_id, "--role", role]], self.processes.environment)


def set_stage(plan: Plan, folder: Path, processes: Processes) -> Stage:
    """Write the configuration, make the clients, start all servers.

    :param folder: empty, for configuration, database and logs.
    :raises DemoError: a part does not start.
    """
    ports = {name: free_port() for name in ["hub", "lms", "mail", *plan.vendors]}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    # As while secrets are exchanged: the hub signs with both, the LMS holds one.
    signing = [_signing_secret() for _ in range(2)]
    given = {slug: _secrets(urls[slug]) for slug in plan.vendors}
    config = _configuration(plan, urls, given, folder)
    config["mail"] = {**plan.mail, "host": "127.0.0.1", "port": ports["mail"], "security": "none"}
    _write_private(folder / "proctor-hub.toml", _toml(config))
    processes.environment |= {
        "PROCTOR_HUB_CONFIG": str(folder / "proctor-hub.toml"),
        "PROCTOR_HUB_LMS__SIGNING_SECRETS": ",".join(signing),
    }
    lms_client = _credentials(plan, processes, given)
    told = {
        "hub": {"url": urls["hub"], **lms_client},
        "sandboxes": {slug: urls[slug] for slug in plan.vendors},
        "data": str(plan.folder),
    }
    lms_environment = {SECRET_VARIABLE: signing[-1], STAGE_VARIABLE: json.dumps(told)}
    _start(plan, ports, given, processes, lms_environment)
    return Stage(
        plan=plan,
        hub=HubClient(urls["hub"], lms_client["client_id"], lms_client["client_secret"]),
        sandboxes={slug: Sandbox.of(one, urls[slug]) for slug, one in plan.vendors.items()},
        lms_url=urls["lms"],
        addresses={
            "start here": f"{urls['lms']}/",
            "hub's API": f"{urls['hub']}/api/openapi.json",
            "LMS gradebook": f"{urls['lms']}/gradebook",
            "mailbox": f"{urls['lms']}/mailbox",
            **{f"sandbox {slug}": f"{urls[slug]}/" for slug in plan.vendors},
        },
        processes=processes,
    )


def _signing_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _secrets(url: str) -> dict[str, str]:
    return {"sandbox_url": url, "secret": secrets.token_hex(24), "key24": secrets.token_hex(12)}


def _configuration(
    plan: Plan, urls: Mapping[str, str], given: Mapping[str, Mapping[str, str]], folder: Path
) -> dict[str, Any]:
    return {
        "database_url": f"sqlite:///{folder / 'hub.db'}",
        "public_url": urls["hub"],
        "pages": {
            "content_url": urls["lms"] + "/exam?course={course_id}&content={content_id}",
            "frames": {"*": [urls["lms"]]},
        },
        "lms": {"events_url": urls["lms"] + "/events"},
        "vendors": {slug: filled(one.settings, given[slug]) for slug, one in plan.vendors.items()},
    }


def _credentials(
    plan: Plan, processes: Processes, given: Mapping[str, dict[str, str]]
) -> dict[str, Any]:
    """Make all clients on the command line; that of the LMS, the vendors' into ``given``."""
    create = ["clients", "create", "--name", "demo", "--json", "--kind"]
    commands = [
        ["vendors", "--json", "--secrets"],
        [*create, "lms"],
        *([*create, "vendor", "--vendor", slug] for slug in plan.vendors),
    ]
    rows, lms_client, *clients = map(json.loads, run(commands, processes.environment))
    callbacks = _callback_urls(rows)
    for slug, client in zip(plan.vendors, clients, strict=True):
        given[slug].update(
            hub_client_id=client["client_id"], hub_client_secret=client["client_secret"]
        )
        for name, url in callbacks.get(slug, {}).items():
            given[slug][f"callback_url:{name}"] = url
    return dict(lms_client)


def _start(
    plan: Plan,
    ports: Mapping[str, int],
    given: Mapping[str, Mapping[str, str]],
    processes: Processes,
    lms_environment: Mapping[str, str],
) -> None:
    lms = ["proctor_hub.demo.lms", str(ports["lms"]), str(ports["mail"])]
    processes.start("the LMS", lms, ports["lms"], dict(lms_environment))
    for slug, one in plan.vendors.items():
        arguments = [CLI, "sandbox", one.sandbox, "--port", str(ports[slug])]
        environment = filled(one.environment, given[slug])
        processes.start(f"sandbox {slug}", arguments, ports[slug], environment)
    processes.start("the hub", [CLI, "serve", "--port", str(ports["hub"])], ports["hub"])
    processes.wait()


def _callback_urls(rows: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """What the hub tells an operator to give to each vendor: slug → name → address."""
    broken = [row for row in rows if row.get("slug") and not row["configured"]]
    if broken:
        raise DemoError(f"vendor {broken[0]['slug']} cannot be used: {broken[0].get('reason')}")
    return {row["slug"]: row.get("secret_callback_urls") or {} for row in rows if row.get("slug")}


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


def _toml(config: Mapping[str, Any], prefix: str = "") -> str:
    """A table of texts, lists and tables as TOML; its texts are also valid JSON texts."""
    lines = [
        f"{json.dumps(k)} = {json.dumps(v)}"
        for k, v in config.items()
        if not isinstance(v, Mapping)
    ]
    for name, table in config.items():
        if isinstance(table, Mapping):
            lines += [f"\n[{prefix}{name}]", _toml(table, f"{prefix}{name}.")]
    return "\n".join(lines)
