"""The commands of the backup page, run as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from proctor_hub.app import build_hub
from proctor_hub.demo.processes import free_port
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.encryption_keys import new_key
from proctor_hub.services import people
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.hub import Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.settings import HubSettings
from proctor_hub.storage import backup as backups
from proctor_hub.storage import tables as t
from proctor_hub.storage.backup import LEAP
from tests.docs.pages import DOCS, blocks
from tests.docs.terminal import wait_for
from tests.jobs.support import put
from tests.journeys.test_one_id import Sink, a_sink
from tests.services.attempts.world import a_world
from tests.support import LMS

PAGE = DOCS / "how-to" / "backup-and-restore.md"
PATIENCE = 60.0


class Writer:
    """Changes the hub without pause, and knows what was acknowledged."""

    def __init__(self, hub: Hub) -> None:
        self.done: list[str] = []
        self._hub = hub
        self._stopping = threading.Event()
        self._moved = threading.Condition()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(PATIENCE)

    def wait(self, more: int) -> list[str]:
        """What was acknowledged once ``more`` people are; from before the next command."""
        with self._moved:
            wanted = len(self.done) + more
            assert self._moved.wait_for(lambda: len(self.done) >= wanted, PATIENCE)
            return list(self.done)

    def _run(self) -> None:
        number = 0
        while not self._stopping.is_set():
            number += 1
            user = f"user-{number}"
            names = PersonSettings(username=user, email=f"{user}@x.test")
            people.put_person(self._hub, LMS, user_id=user, settings=names)
            put(self._hub, user, 1, payload=event(user))
            with self._moved:
                self.done.append(user)
                self._moved.notify_all()


def event(user: str) -> dict[str, object]:
    return {"id": user, "type": user, "occurred_at": "2026-11-27T09:00:00+00:00"}


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}
    path = f"{Path(sys.executable).parent}:{kept['PATH']}"
    return {**kept, "PATH": path, **more}


def run(kind: str, folder: Path, env: dict[str, str]) -> None:
    """The commands of the page's block of this kind, one after the other, in one shell."""
    (block,) = blocks(PAGE, kind)
    script = "\n".join(line.removeprefix("$ ") for line in block.splitlines())
    done = subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=env, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "hub"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in [name for name in os.environ if name.startswith("PROCTOR_HUB_")]:
        if name != "PROCTOR_HUB_TEST_POSTGRES":
            monkeypatch.delenv(name)
    return place


def check_restored(settings: HubSettings, before: list[str]) -> None:
    hub = build_hub(settings)
    try:
        with hub.database.read() as conn:
            found = set(conn.scalars(sa.select(t.people.c.user_id)))
            lines = set(conn.scalars(sa.select(t.audit.c.action)))
        assert set(before) <= found
        assert "database.restored" in lines
    finally:
        hub.database.close()


def check_it_goes_on(folder: Path, env: dict[str, str], sink: Sink, before: list[str]) -> None:
    """The restored hub serves, and delivers what the backup had waiting."""
    port = free_port()
    command = [sys.executable, "-m", "proctor_hub.cli", "serve", "--port", str(port)]
    lms = {"PROCTOR_HUB_LMS__EVENTS_URL": sink.url}
    with subprocess.Popen(command, cwd=folder, env={**env, **lms}) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/healthz", process)
            assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=30).ok
            pause = threading.Event()
            for _ in range(600):
                if set(before) <= set(sink.seen):
                    break
                pause.wait(0.1)
            assert set(before) <= set(sink.seen)
        finally:
            process.terminate()
            process.wait(60)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with a_sink() as made:
        yield made


def test_sqlite_is_backed_up_while_it_is_written_and_restored(folder: Path, sink: Sink) -> None:
    env = environment(folder)
    subprocess.run(
        [sys.executable, "-m", "proctor_hub.cli", "db", "upgrade"], cwd=folder, env=env, check=True
    )
    hub = build_hub(HubSettings.load())
    try:
        with Writer(hub) as writer:
            before = writer.wait(20)
            run("console", folder, env)
            writer.wait(5)  # it was not kept waiting for good
    finally:
        hub.database.close()
    backup = folder / "backup" / "hub.db"
    assert backup.stat().st_mode & 0o777 == 0o600
    (folder / "proctor-hub.db").unlink()
    run("console restore", folder, env)
    restored = folder / "restored"
    check_restored(
        HubSettings(
            database_url=f"sqlite:///{restored / 'proctor-hub.db'}",
        ),
        before,
    )
    check_it_goes_on(restored, env, sink, before)


def test_postgresql_is_dumped_while_it_is_written_and_restored(
    folder: Path, sink: Sink, postgresql_url: str, empty_postgresql_url: str
) -> None:
    key = new_key("test")
    old, new = (url.replace("+psycopg", "") for url in (postgresql_url, empty_postgresql_url))
    env = environment(
        folder,
        DATABASE=old,
        NEW_DATABASE=new,
        PROCTOR_HUB_DATABASE_URL=empty_postgresql_url,
        PROCTOR_HUB_ENCRYPTION_KEYS=key,
    )
    hub = build_hub(HubSettings(database_url=postgresql_url, encryption_keys=[key]))
    try:
        with Writer(hub) as writer:
            before = writer.wait(20)
            run("console postgresql", folder, env)
            writer.wait(5)
    finally:
        hub.database.close()
    run("console postgresql-restore", folder, env)
    settings = HubSettings(database_url=empty_postgresql_url, encryption_keys=[key])
    check_restored(settings, before)
    hub = build_hub(settings)
    try:
        with hub.database.read() as conn:
            assert conn.scalar(sa.text("SELECT count(*) FROM dbos.workflow_status")) == 0
    finally:
        hub.database.close()
    check_it_goes_on(folder, env, sink, before)


def test_numbers_given_out_after_the_backup_are_not_given_again(database_url: str) -> None:
    with a_world(database_url) as world:
        record = world.attempt(AttemptStatus.STARTED)
        told = [row.seq for row in world.events(record)]
        last = world.exam().id
        assert backups.after_restore(world.hub.database) == 1
        assert world.exam().id > last + LEAP // 2
        world.ready(record)
        world.act(world.fresh(record), LearnerAction.SUBMIT)
        assert min(row.seq for row in world.events(record)[len(told) :]) > LEAP
