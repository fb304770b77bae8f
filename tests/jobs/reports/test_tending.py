from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.jobs.reports.tending import (
    LATER,
    SILENCE,
    delete_report_file,
    expire_reports,
    revive_reports,
)
from proctor_hub.services import reports
from proctor_hub.storage import reports as store
from tests.jobs.reports.world import World, a_world
from tests.plans import watching


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with a_world(database_url, tmp_path / "reports", attempts=10) as made:
        yield made


def ready(world: World, kind: ReportKind = ReportKind.RESULTS) -> reports.Report:
    """A report as the job leaves it, without the process."""
    report = world.ask(kind)
    now = world.clock()
    run = world.hub.database.write(lambda conn: store.claim(conn, report.id, now))
    assert run is not None
    assert world.hub.report_files is not None
    with world.hub.report_files.writing(report.code, "1.csv") as put:
        put(b"some rows")
    facts: dict[str, Any] = {
        "rows": 1,
        "size": 9,
        "file_name": "f.csv",
        "file_key": "1.csv",
        "now": now,
    }
    until = now.replace(month=12)
    assert world.hub.database.write(lambda conn: store.finish(conn, run, **facts, expires_at=until))
    world.jobs.waiting.clear()
    return world.look(report)


def test_reports_are_kept_as_long_as_is_said(world: World) -> None:
    old = ready(world)
    assert expire_reports(world.hub) == 0
    world.clock.move(days=30)
    new = world.ask()
    assert expire_reports(world.hub) == 1
    assert world.look(old).status is ReportStatus.EXPIRED
    assert world.files() == []
    assert not (world.folder / old.code).exists()
    assert world.look(new).status is ReportStatus.PENDING
    assert expire_reports(world.hub) == 0


def test_an_erased_report_loses_its_file_at_once_and_is_looked_at_again(world: World) -> None:
    report = ready(world)
    world.hub.database.write(
        lambda conn: reports.erase_reports_of(conn, world.hub, 1_000, world.clock())
    )
    assert world.look(report).status is ReportStatus.ERASED
    assert world.files() == [f"{report.code}/1.csv"]
    world.jobs.run_all(world.hub)
    assert world.files() == []
    # A run that was cut off could have left something just afterwards.
    (world.folder / report.code).mkdir()
    (world.folder / report.code / "1.part").write_text("late")
    assert expire_reports(world.hub) == 0
    world.clock.move(days=1)
    assert expire_reports(world.hub) == 1
    assert world.files() == []
    assert world.row(report).clean_at is None


def test_only_erased_reports_lose_their_file_by_that_job(world: World) -> None:
    report = ready(world)
    delete_report_file(world.hub, report.id)
    delete_report_file(world.hub, report.id + 1)
    assert world.files() == [f"{report.code}/1.csv"]


def test_a_storage_that_is_down_is_asked_again_later(world: World) -> None:
    report = ready(world)
    other = ready(world, ReportKind.LEGACY)
    world.clock.move(days=30)
    place, aside = world.folder / report.code, world.folder / "aside"
    place.rename(aside)
    place.write_text("no folder")  # whatever is asked of it fails
    assert expire_reports(world.hub) == 1, "the other one is not held up"
    assert world.look(report).status is ReportStatus.EXPIRED, "not offered in any case"
    assert not (world.folder / other.code).exists()
    place.unlink()
    aside.rename(place)
    assert expire_reports(world.hub) == 0
    world.clock.at += LATER
    assert expire_reports(world.hub) == 1
    assert world.files() == []


def test_a_setting_that_was_taken_away_forgets_no_file(world: World) -> None:
    report = ready(world)
    world.clock.move(days=30)
    assert expire_reports(replace(world.hub, report_files=None)) == 0
    assert world.files() == [f"{report.code}/1.csv"]
    world.clock.at += LATER
    assert expire_reports(world.hub) == 1
    assert world.files() == []


def test_a_round_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proctor_hub.jobs.reports.tending.BATCH", 2)
    for _ in range(3):
        ready(world)
    world.clock.move(days=30)
    assert [expire_reports(world.hub) for _ in range(3)] == [2, 1, 0]


def test_a_running_report_without_a_job_is_begun_again(world: World) -> None:
    report = world.ask()
    world.hub.database.write(lambda conn: store.claim(conn, report.id, world.clock()))
    world.jobs.waiting.clear()  # its job is lost
    assert revive_reports(world.hub) == 0
    world.clock.at += SILENCE
    assert revive_reports(world.hub) == 1
    assert revive_reports(world.hub) == 0
    world.jobs.run_all(world.hub)
    assert world.look(report).status is ReportStatus.READY
    world.clock.at += SILENCE
    assert revive_reports(world.hub) == 0


def test_looking_for_silent_reports_reads_only_running_ones(world: World) -> None:
    with watching() as seen:
        assert revive_reports(world.hub) == 0
    (text,) = seen.touching("heard_at")
    values = next(values for made, values in seen.made if made == text)
    embedded = world.hub.database.dialect == "sqlite"
    with world.hub.database.engine.connect() as conn:
        if not embedded:
            conn.exec_driver_sql("SET LOCAL enable_seqscan = off")
        words = "EXPLAIN QUERY PLAN " if embedded else "EXPLAIN "
        steps = [str(line[-1]) for line in conn.exec_driver_sql(words + text, values)]
    assert any("ix_reports_running" in step for step in steps), steps
