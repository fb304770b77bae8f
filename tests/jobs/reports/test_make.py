from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.seed import COURSE_ID
from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.jobs.reports import child
from proctor_hub.jobs.reports.child import WritingFailed
from proctor_hub.jobs.reports.make import make_report
from proctor_hub.jobs.reports.order import Order, Said
from proctor_hub.storage import reports as store
from proctor_hub.storage.report import stream_legacy, stream_results
from proctor_hub.storage.report_files import ReportFiles
from tests.jobs.reports.world import PATIENCE, World, a_world

ATTEMPTS = 1_200
"""More than a pipe holds: a run that writes into one waits for its reader."""


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    with a_world(database_url, tmp_path / "reports", attempts=ATTEMPTS) as made:
        yield made


def test_a_report_is_made_as_the_stream_says(world: World) -> None:
    report = world.ask()
    assert (report.status, report.rows_done, report.rows_total) == (ReportStatus.PENDING, 0, None)
    world.jobs.run_all(world.hub)
    done = world.look(report)
    assert done.status is ReportStatus.READY
    assert (done.rows_done, done.rows_total) == (ATTEMPTS, ATTEMPTS)
    assert done.file_name.startswith("course-v1_Bench+B101+2026_proctored_exam_results_report_")
    assert world.files() == [f"{done.code}/1.csv"]
    body = (world.folder / done.code / "1.csv").read_bytes()
    assert body == b"".join(stream_results(world.hub.database, 1, COURSE_ID))
    assert done.size == len(body)
    assert done.expires_at is not None
    assert (done.expires_at - world.clock()).days == world.hub.limits.report_days


def test_the_older_report(world: World) -> None:
    done = world.made(ReportKind.LEGACY)
    body = (world.folder / done.code / done.file_key).read_bytes()
    assert body == b"".join(stream_legacy(world.hub.database, 1))
    assert "_proctored_exam_legacy_report_" in done.file_name


def test_local_files_are_for_the_hub_alone(world: World) -> None:
    done = world.made()
    file = world.folder / done.code / done.file_key
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(world.folder.stat().st_mode) == 0o700


def test_a_finished_job_that_runs_again_changes_nothing(world: World) -> None:
    done = world.made()
    before = world.row(done)
    make_report(world.hub, done.id)
    assert world.row(done) == before
    assert world.files() == [f"{done.code}/1.csv"]


class _Making:
    """A run in a thread of its own, whose writing process is told by the pipe it writes into."""

    def __init__(self, world: World, report: Any, run: int) -> None:
        self._pipe = world.pipe(report, run)
        self._thread = threading.Thread(target=make_report, args=(world.hub, report.id))
        self._thread.start()
        os.set_blocking(self._pipe, True)
        self._begun()

    def _begun(self) -> None:
        # A pipe nobody writes to yet is at its end; select would not tell that from closed.
        while not os.read(self._pipe, 1):
            self._thread.join(0.01)

    def read_on(self) -> None:
        """Take what is written until the writer ends."""
        while os.read(self._pipe, 1 << 16):
            pass

    def end(self) -> None:
        """Wait for the run's end."""
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        os.close(self._pipe)


def _writers() -> list[int]:
    """The writing processes of this one."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "-o", "args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    return [int(line.split()[0]) for line in found if "proctor_hub.jobs.reports.writer" in line]


def test_a_killed_writing_process_costs_a_try_and_nothing_else(world: World) -> None:
    report = world.ask()
    making = _Making(world, report, 1)
    (writer,) = _writers()
    assert world.look(report).status is ReportStatus.RUNNING
    os.kill(writer, signal.SIGKILL)
    making.end()
    unfinished = world.look(report)
    assert (unfinished.status, unfinished.run) == (ReportStatus.RUNNING, 1)
    assert unfinished.error == "the writing process was killed by signal 9"
    assert world.files() == [], "what was half-written is gone"
    world.jobs.waiting.pop(0)  # the first job, which was run by hand
    ((_, _, delay),) = world.jobs.waiting
    assert delay > 0
    world.jobs.run_all(world.hub)
    done = world.look(report)
    assert (done.status, done.run, done.error) == (ReportStatus.READY, 2, "")
    assert len(world.rows(done)) == ATTEMPTS
    assert world.files() == [f"{done.code}/2.csv"]


def test_of_two_runs_at_once_the_later_one_counts(world: World) -> None:
    report = world.ask()
    first = _Making(world, report, 1)
    world.jobs.run_all(world.hub)  # a second run, whole, while the first one is in the middle
    done = world.look(report)
    assert (done.status, done.run) == (ReportStatus.READY, 2)
    assert len(world.rows(done)) == ATTEMPTS
    first.read_on()
    first.end()
    assert world.look(report) == done
    assert world.files() == [f"{done.code}/2.csv"]
    assert len(world.rows(done)) == ATTEMPTS


def test_a_run_of_a_killed_worker_leaves_nothing(world: World) -> None:
    report = world.ask()
    assert world.hub.report_files is not None
    # As a worker leaves it that is killed in the middle, or just before it could say "finished".
    run = world.hub.database.write(lambda conn: store.claim(conn, report.id, world.clock()))
    assert run is not None
    for name in ("1.part", "1.csv"):
        with world.hub.report_files.writing(report.code, name) as put:
            put(b"half")
    world.jobs.run_all(world.hub)
    done = world.look(report)
    assert (done.status, done.run) == (ReportStatus.READY, 2)
    assert world.files() == [f"{done.code}/2.csv"]


def test_what_an_earlier_run_says_is_not_heard(world: World) -> None:
    report = world.ask()
    write, now = world.hub.database.write, world.clock()
    first = write(lambda conn: store.claim(conn, report.id, now))
    second = write(lambda conn: store.claim(conn, report.id, now))
    assert first is not None
    assert second is not None
    facts: dict[str, Any] = {"rows": 1, "size": 1, "file_name": "f", "file_key": "k", "now": now}
    says = (
        lambda conn: store.progress(conn, first, rows_done=1, rows_total=2, now=now),
        lambda conn: store.finish(conn, first, **facts, expires_at=now),
        lambda conn: store.try_again(conn, first, error="e", heard_at=now),
        lambda conn: store.fail(conn, first, error="e", now=now, clean_at=now),
    )
    before = world.row(report)
    assert not any(write(say) for say in says)
    assert world.row(report) == before
    assert write(lambda conn: store.progress(conn, second, rows_done=1, rows_total=2, now=now))


def test_a_storage_that_fails_is_tried_three_times(world: World) -> None:
    world.folder.write_text("a file where the folder should be")
    report = world.ask()
    world.jobs.run_all(world.hub)
    failed = world.look(report)
    assert (failed.status, failed.run) == (ReportStatus.FAILED, 3)
    assert failed.error.startswith("the storage of reports says: ")
    assert str(world.folder) not in failed.error
    # A new request is a new report.
    world.folder.unlink()
    assert world.made().status is ReportStatus.READY


def test_without_a_place_the_reason_is_on_record(world: World) -> None:
    report = world.ask()
    world.jobs.run_all(replace(world.hub, report_files=None))
    failed = world.look(report)
    assert failed.status is ReportStatus.FAILED
    assert "[reports]" in failed.error


def test_a_process_that_says_nothing_is_ended(world: World) -> None:
    report = world.ask()
    pipe = world.pipe(report, 1)
    try:
        with pytest.raises(WritingFailed, match="said nothing for 0 s"):
            child.write(_order(world, report.code), lambda said: True, silence_seconds=0.05)
    finally:
        os.close(pipe)
    assert _writers() == []


def test_a_database_that_cannot_be_read_is_told_without_its_address(
    world: World, tmp_path: Path
) -> None:
    order = replace(_order(world, "x"), database_url=f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(WritingFailed, match="the database could not be read: OperationalError"):
        child.write(order, lambda said: True)


def _order(world: World, code: str) -> Order:
    return Order(
        database_url=world.hub.database.url.render_as_string(hide_password=False),
        files_url=str(world.folder),
        files_options={},
        kind=ReportKind.RESULTS,
        course_pk=1,
        course_id=COURSE_ID,
        code=code,
        part="1.part",
        name="1.csv",
    )


def test_the_writing_process_ends_with_the_one_that_waits(world: World) -> None:
    """A worker that is killed takes its writing process with it; here by a real SIGKILL."""
    report = world.ask()
    pipe = world.pipe(report, 1)
    program = (
        "import sys; from proctor_hub.jobs.reports import child, order; "
        "child.write(order.order_in(sys.stdin.buffer.readline()), lambda said: True)"
    )
    worker = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE)
    assert worker.stdin is not None
    worker.stdin.write(_order(world, report.code).line())
    worker.stdin.close()
    os.set_blocking(pipe, True)
    while not os.read(pipe, 1):
        assert worker.poll() is None
    worker.kill()
    worker.wait(PATIENCE)
    # The pipe comes to its end, before all rows are written, only when its writer is gone.
    size = 0
    while data := os.read(pipe, 1 << 16):
        size += len(data)
    os.close(pipe)
    assert size < len(b"".join(stream_results(world.hub.database, 1, COURSE_ID)))
    assert world.look(report).status is ReportStatus.PENDING


def test_no_secret_is_in_the_list_of_processes(world: World) -> None:
    secret = "s3cret-of-the-storage"
    order = replace(
        _order(world, world.ask().code), files_options={"auto_mkdir": True, "x": secret}
    )
    assert secret not in repr(order)
    assert secret not in repr(ReportFiles(order.files_url, order.files_options))
    seen: list[str] = []

    def heard(_said: Said) -> bool:
        for pid in _writers():
            for name in ("cmdline", "environ"):
                seen.append(Path(f"/proc/{pid}/{name}").read_text(errors="replace"))
        return True

    child.write(order, heard)
    assert seen
    assert not any(secret in text for text in seen)
    url = world.hub.database.url.render_as_string(hide_password=False)
    assert not any(url in text for text in seen)


def test_another_kind_of_storage(world: World) -> None:
    world.folder.mkdir()
    hub = replace(world.hub, report_files=ReportFiles(f"dir::file://{world.folder}"))
    report = world.ask()
    world.jobs.run_all(hub)
    done = world.look(report)
    assert done.status is ReportStatus.READY
    assert hub.report_files is not None
    body = b"".join(hub.report_files.open(done.code, done.file_key))
    assert body == b"".join(stream_results(world.hub.database, 1, COURSE_ID))
    hub.report_files.remove_all(done.code)
    assert world.files() == []
