"""A hub in real processes with vendors, LMS and mail server around it, ready to be killed."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from proctor_hub.demo.processes import free_port
from proctor_hub.encryption_keys import new_key
from proctor_hub.storage.engine import Database
from tests.crash.clients import Acknowledged, Client
from tests.crash.outside import SECRET, Lms, Vendors, served
from tests.crash.processes import Launcher, Program, clean_environment, launcher
from tests.crash.stories import COURSES, SUPPORT, TEAM, Site
from tests.jobs.mail.sink import Sink, running

EXAMS = 2
REST_SECONDS = 120.0
_JOBS = "SELECT workflow_uuid, status FROM workflow_status WHERE status IN ('PENDING', 'ENQUEUED')"


@dataclass
class Ground:
    """All there is; ``programs`` by name, as they run now."""

    launcher: Launcher
    commands: dict[str, tuple[str, ...]]
    programs: dict[str, Program]
    site: Site
    log: Acknowledged
    lms: Lms
    vendors: Vendors
    reports: Path
    post: Sink

    def kill(self, name: str) -> None:
        """Kill a process of the hub and start it again at once."""
        self.programs[name].kill()
        self.programs[name] = self.launcher.start(name, *self.commands[name])


def await_rest(field: Ground, database: Database) -> None:
    """Leave the hub alone until it has delivered everything and done every job."""
    until = time.monotonic() + REST_SECONDS
    while left := unfinished(database):
        assert time.monotonic() < until, ("does not come to rest", left[:5], len(left))
        for program in field.programs.values():
            program.ensure_running()
        threading.Event().wait(0.2)


def unfinished(database: Database) -> list[Any]:
    """Effects that are not delivered, and jobs that are not done."""
    waiting = "SELECT destination, kind, tries, last_error FROM outbox WHERE delivered_at IS NULL"
    with database.read() as conn:
        found: list[Any] = list(conn.execute(sa.text(waiting)).all())
        schema = "dbos." if database.dialect == "postgresql" else ""
        tables = sa.inspect(database.engine).get_table_names(schema="dbos" if schema else None)
        if "workflow_status" in tables:
            jobs = _JOBS.replace("workflow_status WHERE", f"{schema}workflow_status WHERE")
            found += list(conn.execute(sa.text(jobs)).all())
    return found


@contextmanager
def ground(folder: Path, database_url: str, chance: random.Random) -> Iterator[Ground]:
    """Everything started, the courses furnished; on PostgreSQL with a worker of its own."""
    vendors, log, port = Vendors(), Acknowledged(), free_port()
    lms = Lms(folder / "lms.db", chance)
    with ExitStack() as stack:
        stack.callback(lms.close)
        post = stack.enter_context(running(Sink()))
        addresses = [stack.enter_context(served(handle)) for handle in (vendors.answer, lms.answer)]
        path = folder / "proctor-hub.toml"
        path.write_text(
            _configuration(*addresses, post.port, f"http://127.0.0.1:{port}", folder / "reports")
        )
        environment = {
            **clean_environment(),
            "PROCTOR_HUB_CONFIG": str(path),
            "PROCTOR_HUB_DATABASE_URL": database_url,
            "PROCTOR_HUB_ENCRYPTION_KEYS": new_key("crash"),
        }
        start = stack.enter_context(launcher(folder, environment))
        commands: dict[str, tuple[str, ...]] = {"serve": ("serve", "--port", str(port))}
        if database_url.startswith("postgresql"):
            commands["worker"] = ("worker",)
        credentials = _credentials(start)
        programs = {name: start.start(name, *command) for name, command in commands.items()}
        address = f"http://127.0.0.1:{port}"
        exams = _furnish(Client(address, credentials, log))
        start.run("support", "staff", "add", SUPPORT, "--role", "support")
        site = Site(address, credentials, exams, _review_path(start, address), vendors)
        yield Ground(start, commands, programs, site, log, lms, vendors, folder / "reports", post)


def _configuration(vendors: str, lms: str, smtp: int, public: str, reports: Path) -> str:
    return f"""
public_url = "{public}"
[lms]
events_url = "{lms}/events"
signing_secret = "{SECRET}"
[mail]
host = "127.0.0.1"
port = {smtp}
security = "none"
sender = "Exams <exams@hub.example>"
[reports]
url = "{reports}"
[jobs]
lease_seconds = 3
[vendors.proctortrack]
base_url = "{vendors}"
client_id = "hub"
client_secret = "secret"
[vendors.rpnow]
organization = "acme"
exam_sponsor = "acme"
exam_register_endpoint = "{vendors}/register"
secret_key_id = "key"
secret_key = "secret"
crypto_key = "123456789012345678901234"
software_download_url = "https://vendor.example/app"
"""


def _credentials(start: Launcher) -> dict[str, tuple[str, str]]:
    found = {}
    for name, more in (("lms", ()), ("vendor", ("--vendor", "proctortrack"))):
        printed = start.run(f"client-{name}", "clients", "create", "--kind", name, *more, "--json")
        made = json.loads(printed)
        found[name] = (made["client_id"], made["client_secret"])
    return found


def _review_path(start: Launcher, address: str) -> str:
    printed = start.run("addresses", "vendors", "--no-health", "--secrets", "--json")
    row = next(row for row in json.loads(printed) if row["slug"] == "rpnow")
    url = next(iter(row["secret_callback_urls"].values()))
    return str(url).removeprefix(address)


def _furnish(client: Client) -> dict[str, list[int]]:
    for name in (*TEAM, SUPPORT):
        body = {"username": name, "email": f"{name}@x.test"}
        client.call("PUT", f"/people/{name}", body=body)
    exams: dict[str, list[int]] = {}
    for slug, course in COURSES.items():
        settings = {
            "proctoring_enabled": True, "vendor": slug, "allow_opt_out": True,
            "decline_cascades": True, "escalation_email": "team@x.test",
        }  # fmt: skip
        client.call("PUT", f"/courses/{course}", body=settings)
        for name in TEAM:
            client.call("PUT", f"/courses/{course}/team/{name}")
        exams[slug] = []
        for number in range(EXAMS):
            body = {
                "content_id": f"exam-{number}", "name": f"Exam {number}",
                "exam_type": "proctored", "time_limit_minutes": 60,
            }  # fmt: skip
            made = client.call("POST", f"/courses/{course}/exams", body=body, key=f"exam-{number}")
            exams[slug].append(made["id"])
    client.close()
    return exams
