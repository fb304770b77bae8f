"""``check``: a vendor account looked at from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, one_sentence
from tests.cli.plugins import Away, Talkative
from tests.support import plugin_of

CONFIGURATION = """
public_url = "http://127.0.0.1:1"
[vendors.acme]
api_key = "a-very-secret-key"
base_url = "http://127.0.0.1:1"
[vendors.away]
api_key = "a-very-secret-key"
[vendors.acme-eu]
plugin = "acme"
api_keys = "a-very-secret-key"
"""
KEYS = {"name", "state", "detail", "remedy"}
STATES = {"ok", "warning", "failed", "not_applicable"}


@pytest.fixture
def configured(folder: Path, install: Callable[..., None]) -> None:
    install(plugin_of("acme", Talkative), plugin_of("away", Away))
    Path("proctor-hub.toml").write_text(CONFIGURATION, encoding="utf-8")


def test_each_check_has_stable_keys_and_nothing_is_made(
    run: Run, configured: None, folder: Path
) -> None:
    done = run("check", "acme", "--json")
    assert done.status == 1, "the hub does not run"
    told = done.json
    assert set(told) == {"vendor", "distribution", "version", "ok", "checks"}
    assert (told["vendor"], told["ok"]) == ("acme", False)
    assert all(set(one) == KEYS and one["state"] in STATES for one in told["checks"])
    found = {one["name"]: one for one in told["checks"]}
    assert found["credentials"] == {
        "name": "credentials",
        "state": "ok",
        "detail": "2 ms",
        "remedy": "",
    }
    assert "never been started here" in found["callback:ready"]["detail"]
    assert "a-very-secret-key" not in done.out
    assert [path.name for path in folder.iterdir()] == ["proctor-hub.toml"]


def test_people_get_a_line_for_each_with_what_to_do(run: Run, configured: None) -> None:
    shown = run("check", "away")
    assert shown.status == 1
    line = next(one for one in shown.out.splitlines() if "credentials" in one)
    assert "FAILED" in line and "acme refused the connection" in line
    assert "a-very-secret-key" not in shown.out


def test_a_broken_account_is_told_with_its_reason(run: Run, configured: None) -> None:
    told = run("check", "acme-eu", "--json").json
    (only,) = told["checks"]
    assert (only["name"], only["state"]) == ("plugin", "failed")
    assert "api_keys" in only["detail"] and "a-very-secret-key" not in str(told)


def test_an_unknown_account_is_wrong_use(run: Run, configured: None) -> None:
    done = run("check", "nobody")
    assert done.status == 2
    assert "acme, acme-eu, away" in one_sentence(done)


def test_the_vendors_clients_are_asked_of_the_database(on_database: Run, configured: None) -> None:
    def client() -> dict[str, str]:
        checks = on_database("check", "acme", "--json").json["checks"]
        return next(one for one in checks if one["name"] == "callback_client")

    assert client()["state"] == "failed"
    made = on_database("clients", "create", "--kind", "vendor", "--vendor", "acme", "--json").json
    other = on_database("clients", "create", "--kind", "vendor", "--vendor", "away", "--json").json
    assert client()["state"] == "ok"
    assert made["client_id"] in client()["detail"]
    assert other["client_id"] not in client()["detail"]
    on_database("clients", "revoke", made["client_id"])
    assert client()["state"] == "failed"


def test_a_database_that_does_not_answer_is_no_reason_to_stop(
    run: Run, configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", run("keys", "new").out.strip())
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", "postgresql://hub:pass-word@127.0.0.1:1/hub")
    done = run("check", "acme", "--json")
    found = {one["name"]: one for one in done.json["checks"]}
    assert found["callback_client"]["state"] == "warning"
    assert "No connection" in found["callback:ready"]["detail"]
    assert "pass-word" not in done.out + done.err
