"""``status``: how the hub is, and whether a person is needed."""

from __future__ import annotations

import pytest

from proctor_hub.app import build_hub
from proctor_hub.settings import HubSettings
from proctor_hub.storage import workers
from proctor_hub.storage.outbox import NEVER
from proctor_hub.storage.tables import outbox
from tests.cli.conftest import Run, one_sentence
from tests.jobs.support import put


def test_a_hub_without_workers_needs_a_person_and_one_with_them_does_not(
    on_database: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCTOR_HUB_LMS__EVENTS_URL", "http://127.0.0.1:9/events")
    alone = on_database("status", "--json")
    assert (alone.status, alone.json["state"]) == (1, "failed")
    assert "workers" in on_database("status").out
    hub = build_hub(HubSettings.load())
    try:
        name = hub.database.write(
            lambda conn: workers.join(
                conn, nonce="n", seconds=30, host="host-1", version="1", alone=False
            )
        )
        well = on_database("status", "--json")
        assert (well.status, well.json["state"]) == (0, "ok")
        assert [one["name"] for one in well.json["workers"]] == [name]
        screen = on_database("status")
        assert screen.status == 0
        assert "nothing needs a person" in screen.out
        assert "host-1" in screen.out
        put(hub, "a", 1)
        change = outbox.update().values(parked_at=hub.now(), next_try_at=NEVER)
        hub.database.write(lambda conn: conn.execute(change))
    finally:
        hub.database.close()
    parked = on_database("status", "--json")
    assert (parked.status, parked.json["state"]) == (1, "degraded")
    (lms,) = [one for one in parked.json["destinations"] if one["name"] == "lms"]
    assert (lms["parked"], lms["breaker"]) == (1, "closed")
    assert "proctor-hub deliveries list" in on_database("status").out


def test_without_a_schema_nothing_is_made(run: Run) -> None:
    done = run("status")
    assert done.status == 2
    assert "db upgrade" in one_sentence(done)
