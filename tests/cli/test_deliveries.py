"""``deliveries``: what was given up is listed, shown and tried again."""

from __future__ import annotations

import pytest

from proctor_hub.app import build_hub
from proctor_hub.settings import HubSettings
from proctor_hub.storage.outbox import NEVER
from proctor_hub.storage.tables import outbox
from tests.cli.conftest import Run, one_sentence
from tests.jobs.support import put


@pytest.fixture
def parked(run: Run) -> None:
    assert run("db", "upgrade").status == 0
    hub = build_hub(HubSettings.load())
    try:
        for number in range(3):
            put(hub, f"s{number}", 1, payload={"user_id": "ann"})
        change = outbox.update().values(
            parked_at=hub.now(), next_try_at=NEVER, tries=200, last_error="the LMS answered 400"
        )
        hub.database.write(lambda conn: conn.execute(change))
    finally:
        hub.database.close()


def test_parked_ones_are_listed_shown_and_retried(run: Run, parked: None) -> None:
    listed = run("deliveries", "list", "--limit", "2", "--json").json
    assert [one["state"] for one in listed["items"]] == ["parked", "parked"]
    rest = run("deliveries", "list", "--cursor", listed["next_cursor"], "--json").json
    assert len(rest["items"]) == 1
    assert "answered 400" in run("deliveries", "list").out
    number = str(listed["items"][0]["id"])
    for args in (("deliveries", "show", number), ("deliveries", "show", number, "--json")):
        shown = run(*args)
        assert "answered 400" in shown.out
        assert "ann" not in shown.out
    assert run("deliveries", "retry", number, "--json").json == {"retried": 1}
    done = run("deliveries", "retry", "--all", "--json")
    assert done.json == {"retried": 2, "remaining": 0}
    assert run("deliveries", "list", "--json").json["items"] == []
    waiting = run("deliveries", "list", "--state", "waiting", "--json").json["items"]
    assert len(waiting) == 3
    # What is to be tried at once is due since it is there, not since a year long ago.
    assert all(one["next_try_at"] == one["created_at"] for one in waiting)


def test_a_list_of_nothing_says_so_where_the_table_is_too_wide(
    run: Run, parked: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert run("deliveries", "list", "--state", "delivered").out.strip() == "none"


def test_wrong_use_is_one_sentence(run: Run, parked: None) -> None:
    for args in ((), ("1", "--all"), ("1", "--kind", "created"), ("1", "--destination", "lms")):
        assert "--all" in one_sentence(run("deliveries", "retry", *args))
    assert "'99'" in one_sentence(run("deliveries", "show", "99"))
