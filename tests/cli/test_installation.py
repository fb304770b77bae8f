"""``db``, ``doctor``, ``keys``, ``sweep``, ``sandbox``, ``openapi``, and what errors look like."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from proctor_hub.cli import checks, context
from proctor_hub.storage import migrate
from tests.cli.conftest import Run, one_sentence


def test_the_embedded_database_is_made_with_its_keys(run: Run, folder: Path) -> None:
    before = run("db", "current")
    assert (before.status, list(folder.iterdir())) == (1, [])
    assert run("db", "upgrade").out == f"upgraded to {migrate.head()}\n"
    assert (folder / "proctor-hub.db.keys").stat().st_mode & 0o777 == 0o600
    assert run("db", "upgrade").out == f"current already: {migrate.head()}\n"
    assert run("db", "current").status == 0


def test_postgresql_is_refused_until_it_is_upgraded(
    run: Run, empty_postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", empty_postgresql_url)
    keyless = run("clients", "list")
    assert keyless.status == 2
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", run("keys", "new").out.strip())
    for command in (("serve", "--port", "0"), ("clients", "list")):
        refused = run(*command)
        assert refused.status == 2
        assert "proctor-hub db upgrade" in one_sentence(refused)
    assert run("doctor").status == 1
    assert run("db", "upgrade").status == 0
    assert run("clients", "list", "--json").json == []
    assert run("doctor").status == 0
    found = {one["name"]: one for one in run("doctor", "--json").json}
    assert "set url in the table [reports]" in found["reports"]["detail"]
    assert found["reports"]["state"] == "warning"
    monkeypatch.setenv("PROCTOR_HUB_REPORTS__URL", "nonsense://x")
    broken = run("doctor", "--json")
    assert broken.status == 1
    assert "[reports] url" in {one["name"]: one for one in broken.json}["reports"]["detail"]


def test_a_lost_key_file_is_told(run: Run, folder: Path) -> None:
    run("db", "upgrade")
    (folder / "proctor-hub.db.keys").unlink()
    done = run("clients", "list")
    assert done.status == 2
    assert "proctor-hub.db.keys" in one_sentence(done)
    found = {one["name"]: one for one in run("doctor", "--json").json}
    assert found["keys"]["state"] == "failed"


def test_doctor_makes_nothing_and_finds_what_is_broken(run: Run, folder: Path) -> None:
    done = run("doctor", "--json")
    assert done.status == 0
    assert {one["name"] for one in done.json} == {
        "sqlite",
        "keys",
        "database",
        "reports",
        "vendors",
        "endpoints",
    }
    assert list(folder.iterdir()) == []
    Path("proctor-hub.toml").write_text("[vendors.nobody]\n", encoding="utf-8")
    broken = run("doctor")
    assert broken.status == 1
    assert "vendor nobody" in broken.out


def test_a_database_that_does_not_answer_is_found_and_no_password_shown(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://hub:pass-word@127.0.0.1:1/hub"
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", url)
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", run("keys", "new").out.strip())
    found = {one["name"]: one for one in run("doctor", "--json").json}
    assert "does not answer" in found["database"]["detail"]
    for command in (("db", "current"), ("clients", "list")):
        done = run(*command)
        assert done.status in (1, 2)
        assert "pass-word" not in one_sentence(done)


@pytest.mark.parametrize(
    ("version", "mended"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_which_sqlite_has_the_fix(version: tuple[int, ...], mended: bool) -> None:
    assert checks.has_wal_fix(version) is mended


def test_keys_are_usable_and_their_ids_checked(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    key = run("keys", "new", "--id", "k1").out.strip()
    assert key.startswith("k1:")
    monkeypatch.setenv("PROCTOR_HUB_ENCRYPTION_KEYS", f"{run('keys', 'new').out.strip()},{key}")
    assert run("sweep").status == 0
    bad = run("keys", "new", "--id", "a:b")
    assert bad.status == 2
    assert "--id" in one_sentence(bad)


def test_sandboxes_are_listed_and_unknown_ones_named(run: Run) -> None:
    listed = run("sandbox").out.split()
    assert listed == sorted(listed) and len(listed) >= 2
    unknown = run("sandbox", "nobody")
    assert unknown.status == 2
    assert all(name in one_sentence(unknown) for name in listed)
    no_pair = run("sandbox", listed[0], "-o", "nonsense")
    assert no_pair.status == 2
    wrong = run("sandbox", listed[0], "-o", "nonsense=1")
    assert wrong.status == 2
    assert "nonsense" in one_sentence(wrong)


def test_openapi_is_the_same_whatever_is_configured(run: Run, folder: Path) -> None:
    first = run("openapi")
    assert first.json["openapi"].startswith("3.")
    assert list(folder.iterdir()) == []
    Path("proctor-hub.toml").write_text("public_url = 'https://x.example'\n", encoding="utf-8")
    assert run("openapi").out == first.out


def test_wrong_use_is_status_2(run: Run) -> None:
    assert run("nonsense").status == 2
    assert run("clients", "create", "--kind", "learner").status == 2


def test_a_taken_port_is_one_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = run("serve", "--port", str(other.getsockname()[1]))
    assert done.status == 2
    assert "cannot listen there" in one_sentence(done)


def test_an_unexpected_error_is_one_sentence_and_a_traceback_on_demand(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise ZeroDivisionError("learner@example.com")

    monkeypatch.setattr(context, "build_hub", breaks)
    done = run("clients", "list")
    assert done.status == 1
    sentence = one_sentence(done)
    assert "ZeroDivisionError" in sentence and "--debug" in sentence
    assert "learner@" not in sentence
    assert "Traceback" in run("--debug", "clients", "list").err


def test_a_database_of_a_newer_hub_is_one_sentence(run: Run, folder: Path) -> None:
    run("db", "upgrade")
    with migrate.connection("sqlite:///proctor-hub.db") as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert run("clients", "list").status == 0, "a newer schema only added something"
    assert "newer" in database_of(run)["detail"]
    done = run("db", "upgrade")
    assert done.status == 1
    assert "another version" in one_sentence(done)
    with migrate.connection("sqlite:///proctor-hub.db") as conn:
        conn.exec_driver_sql("UPDATE schema_floor SET oldest = '9999'")
    done = run("clients", "list")
    assert done.status == 2
    assert "install the newer version" in one_sentence(done)
    assert database_of(run)["state"] == "failed"


def database_of(run: Run) -> dict[str, Any]:
    found: list[dict[str, Any]] = json.loads(run("doctor", "--json").out)
    return next(one for one in found if one["name"] == "database")
