"""``clients``: on both databases."""

from __future__ import annotations

from proctor_hub.app import build_hub
from proctor_hub.services.access import clients
from proctor_hub.settings import HubSettings
from tests.cli.conftest import Run, one_sentence


def works(client_id: str, secret: str) -> bool:
    hub = build_hub(HubSettings.load())
    try:
        return clients.authenticate(hub, client_id, secret) is not None
    finally:
        hub.database.close()


def test_a_client_lives_and_its_secret_is_shown_once(on_database: Run) -> None:
    made = on_database("clients", "create", "--kind", "lms", "--name", "Campus", "--json").json
    assert made["kind"] == "lms"
    assert made["name"] == "Campus"
    assert works(made["client_id"], made["client_secret"])
    listed = on_database("clients", "list", "--json")
    assert [one["client_id"] for one in listed.json] == [made["client_id"]]
    assert made["client_secret"] not in listed.out
    assert "secret" not in listed.out


def test_rotation_replaces_the_secret_at_once_without_overlap(on_database: Run) -> None:
    made = on_database("clients", "create", "--kind", "operator", "--json").json
    done = on_database("clients", "rotate", made["client_id"], "--overlap-hours", "0")
    assert done.status == 0
    new = done.out.split("client secret:")[1].strip()
    assert new != made["client_secret"]
    assert works(made["client_id"], new)
    assert not works(made["client_id"], made["client_secret"])


def test_a_revoked_client_is_stopped_and_stays_listed(on_database: Run) -> None:
    made = on_database("clients", "create", "--kind", "lms", "--json").json
    assert on_database("clients", "revoke", made["client_id"]).status == 0
    assert not works(made["client_id"], made["client_secret"])
    assert on_database("clients", "list", "--json").json[0]["revoked_at"].endswith("Z")
    again = on_database("clients", "revoke", made["client_id"])
    assert again.status == 1
    assert made["client_id"] in one_sentence(again)


def test_a_vendors_client_needs_a_configured_account(on_database: Run) -> None:
    done = on_database("clients", "create", "--kind", "vendor", "--vendor", "nobody")
    assert done.status == 1
    assert "vendor" in one_sentence(done)
    assert on_database("clients", "list", "--json").json == []


def test_the_table_shows_no_control_characters(on_database: Run) -> None:
    on_database("clients", "create", "--kind", "lms", "--name", "[red]a[/red]\x1b[2J")
    shown = on_database("clients", "list")
    assert shown.status == 0
    assert "\x1b" not in shown.out
