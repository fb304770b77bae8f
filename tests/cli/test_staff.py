"""``staff``: on both databases, by an operator whose name the audit log keeps."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from proctor_hub.app import build_hub
from proctor_hub.services import people
from proctor_hub.settings import HubSettings
from proctor_hub.storage.tables import audit
from tests.cli.conftest import Run, one_sentence
from tests.support import LMS


@pytest.fixture
def ada(on_database: Run) -> str:
    hub = build_hub(HubSettings.load())
    try:
        settings = people.PersonSettings(username="ada")
        people.put_person(hub, LMS, user_id="u-1", settings=settings)
    finally:
        hub.database.close()
    return "u-1"


def audited() -> list[str]:
    hub = build_hub(HubSettings.load())
    try:
        with hub.database.read() as conn:
            return [row.actor for row in conn.execute(sa.select(audit.c.actor))]
    finally:
        hub.database.close()


def test_roles_are_given_and_taken_back(on_database: Run, ada: str) -> None:
    assert on_database("staff", "add", ada, "--role", "support").out == f"{ada} is support now\n"
    again = on_database("staff", "add", ada, "--role", "support")
    assert again.out == f"{ada} is support already\n"
    on_database("staff", "add", ada, "--role", "operator")
    listed = on_database("staff", "list", "--json").json
    assert sorted(one["role"] for one in listed) == ["operator", "support"]
    assert {one["user_id"] for one in listed} == {ada}
    assert on_database("staff", "remove", ada, "--role", "support").status == 0
    listed = on_database("staff", "list", "--json").json
    assert listed == [{"user_id": ada, "role": "operator"}]


def test_what_is_not_there_is_one_sentence(on_database: Run, ada: str) -> None:
    unknown = on_database("staff", "add", "u-2", "--role", "support")
    assert unknown.status == 1
    assert "u-2" in one_sentence(unknown)
    assert on_database("staff", "remove", ada, "--role", "operator").status == 1
    assert on_database("staff", "add", ada, "--role", "learner").status == 2


def test_the_audit_log_names_who_ran_the_command(
    on_database: Run, ada: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "grace")
    on_database("staff", "add", ada, "--role", "support")
    assert "cli:grace" in audited()
