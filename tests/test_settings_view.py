"""The settings as operators see them: where each comes from, and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctor_hub.settings import CONFIG_VARIABLE, HubSettings
from proctor_hub.settings_view import setting_lines
from proctor_hub.web.context import SettingLine

FILE = """
public_url = "https://hub.example"
[lms]
events_url = "https://lms.example/events?key=hush"
signing_secret = "hush-hush-hush-hush-hush-hush-hush"
[lms.endpoints.second]
transport = "webhook"
courses = ["a*"]
events_url = "https://lms.example/hush"
[pages.frames]
"*" = ["https://lms.example"]
[vendors.acme]
plugin = "other"
password = "hush"
"""


@pytest.fixture
def lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, SettingLine]:
    """The lines of a hub with a file and an environment."""
    path = tmp_path / "hub.toml"
    path.write_text(FILE)
    monkeypatch.setenv(CONFIG_VARIABLE, str(path))
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", "postgresql://hub:hush@db.example/hub")
    monkeypatch.setenv("PROCTOR_HUB_MAIL__USERNAME", "hub")
    monkeypatch.setenv("PROCTOR_HUB_MAIL__PASSWORD", "hush")
    monkeypatch.setenv("PROCTOR_HUB_DELIVERY", '{"days": 12}')
    return {line.name: line for line in setting_lines(HubSettings.load())}


def test_no_secret_is_told(lines: dict[str, SettingLine]) -> None:
    assert not [line for line in lines.values() if "hush" in line.value]
    for name in ("database_url", "mail.password", "lms.signing_secret", "vendors.acme.password"):
        assert (lines[name].secret, lines[name].value) == (True, "set")
    assert lines["lms.endpoints.second.events_url"].secret
    for name in ("metrics.token", "encryption_keys", "lms.signing_secrets"):
        assert (lines[name].secret, lines[name].value) == (True, ""), name


def test_each_says_where_it_comes_from(lines: dict[str, SettingLine], tmp_path: Path) -> None:
    file = str(tmp_path / "hub.toml")
    assert (lines["public_url"].value, lines["public_url"].source) == ("https://hub.example", file)
    assert lines["database_url"].source == "PROCTOR_HUB_DATABASE_URL"
    assert (lines["delivery.days"].value, lines["delivery.days"].source) == (
        "12",
        "PROCTOR_HUB_DELIVERY",
    )
    assert lines["mail.port"].source == ""
    assert lines["vendors.acme.plugin"].value == "other"
    assert lines["lms.endpoints.second.courses"].value == "a*"
    assert lines["lms.events_url"].value == "https://lms.example/events?…"
    assert lines["pages.frames"].value == "*: https://lms.example"


def test_every_setting_has_a_line(lines: dict[str, SettingLine]) -> None:
    for name in HubSettings.model_fields:
        assert any(line == name or line.startswith(name + ".") for line in lines), name
