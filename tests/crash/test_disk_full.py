"""No room left: refused in clean words, nothing half-done, and all well once there is room again.

The embedded database really cannot grow: the server runs under a limit on the size of files, which
is lifted while it runs. PostgreSQL says so itself, by the SQLSTATE of a full disk (53100).
"""

from __future__ import annotations

import hashlib
import json
import random
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import requests
import sqlalchemy as sa

from proctor_hub.storage.engine import Database
from proctor_hub.storage.tables import callbacks
from tests.crash.clients import Client
from tests.crash.seeds import seed, told
from tests.crash.site import Ground, await_rest, ground
from tests.crash.stories import Story
from tests.crash.verdict import pass_judgement

MANY = 400
"""Reviews after which it must be full."""


def _review(number: int) -> bytes:
    comment = {"comment": f"{number} " + "x" * 40_000, "status": "suspicious"}
    return json.dumps({"status": "suspicious", "comments": [comment]}).encode()


def _refused(answer: requests.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"]
    assert answer.json()["type"] == "/problems/database_unavailable"


def _taken_effect(database: Database, bodies: list[bytes]) -> int:
    """How many of these are kept as taken; one kept as not applied may be replayed, no more."""
    digests = [hashlib.sha256(body).hexdigest() for body in bodies]
    query = sa.select(callbacks.c.status).where(callbacks.c.digest.in_(digests))
    with database.read() as conn:
        return sum(status < 500 for status in conn.scalars(query))


@contextmanager
def _taken(tmp_path: Path, url: str) -> Iterator[tuple[Ground, Client, str, str]]:
    """The ground, a client, the address of an attempt's reviews, and its code."""
    print(told())
    with ground(tmp_path, url, random.Random(seed())) as field:
        field.lms.failing = 0.0
        story = Story(field.site, field.log, "full", "proctortrack")
        code = story.submitted()
        database = Database(url)
        await_rest(field, database)  # the vendor has accepted the end of the session
        database.close()
        yield field, story.client, story.review_address(code), code
        story.client.close()


def _try(
    field: Ground,
    client: Client,
    database: Database,
    address: str,
    code: str,
    make_full: Callable[[], None],
    make_room: Callable[[], None],
) -> None:
    """The disk is full or will be: nothing is acknowledged, nothing kept, until there is room."""
    assert client.callback(address, _review(-1)) < 300
    make_full()
    refused: list[bytes] = []
    for number in range(MANY):
        body = _review(number)
        answer = client.once("POST", address, "vendor", body, "JWT")
        if answer.status_code < 400:
            assert not refused
            field.log.callbacks.append(hashlib.sha256(body).hexdigest())
            continue
        assert answer.status_code == 503, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        refused.append(body)
        if len(refused) == 3:
            break
    assert len(refused) == 3, "the disk never was full"
    assert _taken_effect(database, refused) == 0
    # People are told the same, and can still look.
    decision = {"decision": "pass", "reason": "no room for this " + "x" * 3000}
    path = f"/api/v1/attempts/{code}/decisions"
    before = client.call("GET", f"/attempts/{code}", "tea")
    _refused(client.once("POST", path, "tea", decision))
    assert client.call("GET", f"/attempts/{code}", "tea")["status"] == before["status"]
    make_room()
    for body in refused:
        assert client.callback(address, body) < 300
    assert client.call("POST", f"/attempts/{code}/decisions", "tea", decision)
    field.log.decisions.append(decision["reason"])
    assert _taken_effect(database, refused) == len(refused)
    await_rest(field, database)
    pass_judgement(field, database)


@pytest.mark.timeout(300)
def test_the_embedded_database_cannot_grow(tmp_path: Path, sqlite_url: str) -> None:
    with _taken(tmp_path, sqlite_url) as (field, client, address, code):
        pid = field.programs["serve"].pid
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)

        def make_full() -> None:
            largest = max(path.stat().st_size for path in tmp_path.iterdir() if path.is_file())
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (largest + 300_000, hard))

        def make_room() -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))

        database = Database(sqlite_url)
        try:
            _try(field, client, database, address, code, make_full, make_room)
        finally:
            database.close()


_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
END $$;
CREATE TRIGGER no_room BEFORE INSERT ON callbacks FOR EACH ROW EXECUTE FUNCTION no_room();
CREATE TRIGGER no_room BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION no_room();
"""


@pytest.mark.timeout(300)
def test_the_server_has_no_room(tmp_path: Path, postgresql_url: str) -> None:
    plain = postgresql_url.replace("postgresql+psycopg", "postgresql")
    with (
        _taken(tmp_path, postgresql_url) as (field, client, address, code),
        psycopg.connect(plain, autocommit=True) as server,
    ):

        def make_room() -> None:
            server.execute("DROP FUNCTION no_room() CASCADE")

        def make_full() -> None:
            server.execute(_FULL.encode())

        database = Database(postgresql_url)
        try:
            _try(field, client, database, address, code, make_full, make_room)
        finally:
            server.execute("DROP FUNCTION IF EXISTS no_room() CASCADE")
            database.close()
