"""``vendors``: installed, configured, broken, well; without database and without secrets."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from proctor_hub.app import build_registry
from proctor_hub.encryption_keys import new_key
from proctor_hub.services import vendor_report
from proctor_hub.services.vendor_health import check_health
from proctor_hub.settings import HubSettings
from proctor_hub.vendors.quality import Quality, Tier
from tests.cli.conftest import Run, one_sentence
from tests.cli.plugins import Away, Hanging, Talkative
from tests.support import plugin_of

CONFIGURATION = """
public_url = "https://hub.example"
[vendors.acme]
api_key = "a-very-secret-key"
[vendors.acme-eu]
plugin = "acme"
api_keys = "a-very-secret-key"
"""


@pytest.fixture
def configured(folder: Path, install: Callable[..., None]) -> None:
    install(plugin_of("acme", Talkative), plugin_of("spare", Away))
    Path("proctor-hub.toml").write_text(CONFIGURATION, encoding="utf-8")


def test_every_row_says_what_it_is(run: Run, configured: None, folder: Path) -> None:
    done = run("vendors", "--json")
    acme, europe, spare = done.json
    assert (acme["slug"], acme["name"], acme["configured"], acme["reason"]) == (
        "acme",
        "Acme Proctoring",
        True,
        "",
    )
    assert {"register_attempt", "parse_callback"} <= set(acme["hooks"])
    assert acme["capabilities"]
    assert acme["quality"] == "none: it ships no result of the conformance kit"
    assert acme["exempted"] == {}
    assert all(one["url"].startswith("https://hub.example/") for one in acme["callbacks"].values())
    assert (europe["slug"], europe["plugin"], europe["configured"]) == ("acme-eu", "acme", False)
    assert "api_keys" in europe["reason"]
    assert (spare["slug"], spare["plugin"], spare["configured"]) == (None, "spare", False)
    assert "[vendors.spare]" in spare["reason"]
    assert "health_check" in spare["hooks"]
    assert "a-very-secret-key" not in done.out
    assert "t0ken" not in done.out
    assert [path.name for path in folder.iterdir()] == ["proctor-hub.toml"]


def test_what_a_plugin_is_exempted_from_is_told_with_the_reason(
    run: Run, configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Quality(tier=Tier.GOLD, exempted={"callbacks-signed": "it has no key"})
    monkeypatch.setattr(vendor_report, "quality_named", lambda plugin: known)
    told = run("vendors", "--json").json[0]
    assert told["quality"] == "gold (exempted: callbacks-signed)"
    assert told["exempted"] == {"callbacks-signed": "it has no key"}


def test_the_table_names_all_of_them(run: Run, configured: None) -> None:
    shown = run("vendors")
    assert shown.status == 0
    for word in ("acme-eu", "spare", "Acme", "api_keys", "https://hub.example/", "well"):
        assert word in shown.out
    assert "a-very-secret-key" not in shown.out


def test_addresses_with_tokens_are_shown_on_demand(run: Run, configured: None) -> None:
    acme = run("vendors", "--json", "--secrets").json[0]
    assert acme["secret_callback_urls"]["review"].endswith("token=t0ken")


def test_health_is_asked_unless_it_must_not_be(run: Run, configured: None) -> None:
    asked = run("vendors", "--json").json
    assert [one["health"] for one in asked] == [{"ok": True, "detail": "2 ms"}, None, None]
    assert run("vendors", "--json", "--no-health").json[0]["health"] is None


def test_a_narrow_terminal_gets_blocks(
    run: Run, configured: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("vendors").out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.split() == ["slug", "acme-eu"] for line in lines)
    assert any(line.split()[:2] == ["health", "well:"] for line in lines)


def test_a_vendor_that_hangs_or_is_away_is_not_well(
    folder: Path, install: Callable[..., None]
) -> None:
    install(plugin_of("hanging", Hanging), plugin_of("away", Away))
    settings = HubSettings.load(
        vendors={"hanging": {}, "away": {}}, encryption_keys=(new_key("test"),)
    )
    registry = build_registry(settings)
    began = time.monotonic()
    found = check_health(registry.vendors.values(), timeout_seconds=-0.9)
    Hanging.forever.set()
    assert time.monotonic() - began < 10
    assert not found["hanging"].ok
    assert "no answer" in found["hanging"].detail
    assert found["away"].detail == "acme refused the connection"


def test_broken_configuration_names_file_key_and_remedy(run: Run, folder: Path) -> None:
    Path("proctor-hub.toml").write_text("colour = 'red'\n", encoding="utf-8")
    done = run("vendors")
    assert done.status == 2
    sentence = one_sentence(done)
    assert "proctor-hub.toml: colour: unknown key, remove it" in sentence
