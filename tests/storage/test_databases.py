from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, inspect, make_url, text

pytest_plugins = ["pytester"]


def _engine(url: str) -> Engine:
    return create_engine(url)


def test_an_empty_database_has_no_table(empty_database_url: str) -> None:
    engine = _engine(empty_database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


@pytest.mark.parametrize("run", [1, 2])
def test_each_test_gets_a_database_of_its_own(empty_database_url: str, run: int) -> None:
    engine = _engine(empty_database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE marker (run INTEGER)"))
        connection.execute(text("INSERT INTO marker VALUES (:run)"), {"run": run})
    with engine.connect() as connection:
        assert connection.execute(text("SELECT run FROM marker")).scalars().all() == [run]
    engine.dispose()


@pytest.mark.parametrize("run", [1, 2])
def test_a_migrated_database_is_a_fresh_copy(
    database_url: str, database_engine: str, run: int
) -> None:
    engine = _engine(database_url)
    assert make_url(database_url).get_backend_name() == database_engine
    tables = inspect(engine).get_table_names()
    assert "alembic_version" in tables
    assert "marker" not in tables
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE marker (run INTEGER)"))
    engine.dispose()


def test_a_missing_server_fails_the_test(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    monkeypatch.delenv("PROCTOR_HUB_TEST_POSTGRES", raising=False)
    root: Path = pytestconfig.rootpath
    pytester.makeconftest(
        f"import sys; sys.path.insert(0, {str(root)!r})\nfrom tests.databases import *\n"
    )
    pytester.makepyfile("def test_it(empty_postgresql_url): pass")
    result = pytester.runpytest_subprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*PROCTOR_HUB_TEST_POSTGRES is not set: run make test*"])
