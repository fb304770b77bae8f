from __future__ import annotations

import base64
from pathlib import Path

import pytest

from proctor_hub.app import build_hub, prepare_database
from proctor_hub.encryption_keys import keyring_of, new_key
from proctor_hub.errors import ConfigurationError
from proctor_hub.settings import HubSettings
from proctor_hub.storage import migrate


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROCTOR_HUB_CONFIG", raising=False)


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "proctor-hub.toml").write_text(
        'public_url = "https://file.example/"\n'
        "[vendors.acme]\nkey = 'from file'\nother = 'kept'\n"
        '[lms]\nevents_url = "https://lms.example/events/"\n'
    )
    monkeypatch.setenv("PROCTOR_HUB_VENDORS__ACME__KEY", "from environment")
    settings = HubSettings.load()
    assert settings.public_url == "https://file.example"
    assert settings.vendors["acme"] == {"key": "from environment", "other": "kept"}
    assert settings.lms.events_url == "https://lms.example/events/"


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", new_key("a"))
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", "postgresql://u:hidden@db/hub")
    monkeypatch.setenv("PROCTOR_HUB_VENDORS__ACME__KEY", "hidden")
    settings = HubSettings.load()
    assert "hidden" not in repr(settings)
    assert settings.url == "postgresql+psycopg://u:hidden@db/hub"
    assert (settings.embedded, settings.worker_threads) == (False, 16)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("PUBLIC_URL", "ftp://x", "public_url"),
        ("LMS__EVENTS_URL", "file:///etc", "lms.events_url"),
        ("DATABASE_URL", "mysql://x", "database_url"),
        ("DATABASE_URL", "sqlite://", "database_url"),
        ("THREADS", "none", "threads"),
        ("EXAM_URL", "https://lms.example/{course}", "exam_url"),
        ("TRUSTED_PROXIES", "everybody", "trusted_proxies"),
        ("VENDORS", "{", "vendors"),
        ("VENDORS__A B__KEY", "x", "'a b' cannot name an account"),
        ("LMS__SIGNING_SECRET", "whsec_!!!", "lms.signing_secret: the secret"),
        ("LIMITS__PAGE_SIZE", "201", "page_size_max"),
    ],
)
def test_a_broken_variable_is_named(
    variable: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"PROCTOR_HUB_{variable}", value)
    with pytest.raises(ConfigurationError) as refused:
        HubSettings.load()
    assert told in str(refused.value)


def test_a_broken_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    monkeypatch.setenv("PROCTOR_HUB_CONFIG", str(path))
    with pytest.raises(ConfigurationError, match="is not a file"):
        HubSettings.load()
    path.write_text("threads = ")
    with pytest.raises(ConfigurationError, match=r"mine\.toml is not valid TOML"):
        HubSettings.load()
    path.write_text("[limits]\nbodies = 1")
    with pytest.raises(ConfigurationError, match=r"mine\.toml: limits\.bodies: unknown key"):
        HubSettings.load()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match=r"mine\.toml is not UTF-8 text"):
        HubSettings.load()
    path.write_text('encryption_keys = ["a:short"]')
    with pytest.raises(ConfigurationError, match=r"mine\.toml: encryption_keys: entry 1"):
        keyring_of(HubSettings.load())


def test_the_embedded_default_makes_its_key_once(tmp_path: Path) -> None:
    settings = HubSettings.load()
    first = keyring_of(settings)
    file = tmp_path / "proctor-hub.db.keys"
    assert file.stat().st_mode & 0o777 == 0o600
    sealed = first.encrypt(b"x", context="test")
    assert keyring_of(settings).decrypt(sealed, context="test") == b"x"


def test_a_lost_key_file_is_not_replaced(tmp_path: Path) -> None:
    settings = HubSettings.load()
    prepare_database(settings)
    (tmp_path / "proctor-hub.db.keys").unlink()
    with pytest.raises(ConfigurationError, match="put it back"):
        keyring_of(settings)


def test_on_postgresql_keys_must_be_given(postgresql_url: str) -> None:
    settings = HubSettings.load(database_url=postgresql_url)
    with pytest.raises(ConfigurationError, match="PROCTOR_HUB_ENCRYPTION_KEYS is not set"):
        build_hub(settings)


@pytest.mark.parametrize("key", ["", "x", "a:####", "a:" + base64.b64encode(b"short").decode()])
def test_a_key_that_is_none_is_refused(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", f"{new_key('a')},{key or ':'}")
    with pytest.raises(ConfigurationError, match="entry 2"):
        keyring_of(HubSettings.load())


def test_postgresql_is_not_upgraded_by_itself(empty_postgresql_url: str) -> None:
    settings = HubSettings.load(database_url=empty_postgresql_url, encryption_keys=[new_key("a")])
    with pytest.raises(ConfigurationError, match="proctor-hub db upgrade"):
        prepare_database(settings)
    migrate.upgrade(empty_postgresql_url)
    prepare_database(settings)


def test_a_hub_is_built_with_a_broken_vendor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCTOR_HUB_VENDORS__NOWHERE__KEY", "x")
    settings = HubSettings.load()
    prepare_database(settings)
    hub = build_hub(settings)
    try:
        assert list(hub.vendors.broken) == ["nowhere"]
    finally:
        hub.database.close()
