"""``jobs``: what the list shows, and trying a failed one again."""

from __future__ import annotations

import json

import pytest

from proctor_hub.app import build_hub
from proctor_hub.settings import HubSettings
from tests.cli.conftest import Done, Run


def _job(key: str, status: str) -> None:
    """A job of this hub's configuration, as the engine leaves it."""
    hub = build_hub(HubSettings.load())
    try:
        hub.database.write(lambda conn: hub.jobs.enqueue(conn, "make_report", 1, 1, key=key))
        hub.database.write(
            lambda conn: conn.exec_driver_sql(
                f"UPDATE workflow_status SET status = '{status}' WHERE workflow_uuid = '{key}'"
            )
        )
    finally:
        hub.database.close()


def _items(done: Done) -> list[dict[str, object]]:
    assert done.status == 0, done.err
    return list(json.loads(done.out)["items"])


def test_jobs_are_listed_and_a_failed_one_is_retried(run: Run) -> None:
    assert run("db", "upgrade").status == 0
    assert _items(run("jobs", "--json")) == []
    _job("good", "SUCCESS")
    _job("bad", "ERROR")
    assert {one["key"]: one["status"] for one in _items(run("jobs", "--json"))} == {
        "good": "done",
        "bad": "failed",
    }
    assert [one["key"] for one in _items(run("jobs", "--status", "failed", "--json"))] == ["bad"]
    first = json.loads(run("jobs", "--limit", "1", "--json").out)
    rest = _items(run("jobs", "--cursor", first["next_cursor"], "--json"))
    assert len(rest) == 1
    assert "make_report" in run("jobs").out
    again = run("jobs", "retry", "bad")
    assert (again.status, again.out) == (0, "job bad (make_report) is queued\n")
    refused = run("jobs", "retry", "good")
    assert refused.status == 1
    assert "only a failed one can be retried" in refused.err
    assert run("jobs", "retry", "none").status == 1


@pytest.mark.parametrize("wrong", ["lost", ""])
def test_a_status_that_is_none_is_wrong_use(run: Run, wrong: str) -> None:
    assert run("jobs", "--status", wrong).status == 2
