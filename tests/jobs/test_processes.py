"""Worker processes that are killed, paused and told to stop: no job is lost, and each ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proctor_hub.jobs.queueing import JobQueue
from proctor_hub.storage import jobs as store
from proctor_hub.storage.engine import Database
from proctor_hub.storage.jobs import JobStatus
from tests.jobs.working import TEST_JOBS

ROOT = Path(__file__).parents[2]
LEASE = 3
PATIENCE = 60.0
KEY = "t:" + "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


class Workers:
    """Starts workers on one database; what they do is in one journal."""

    def __init__(self, database_url: str, folder: Path, **settings: object) -> None:
        self.folder = folder
        self.database = Database(database_url)
        self._queue = JobQueue(self.database, TEST_JOBS)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}
        self._environment = {
            **kept,
            "PYTHONPATH": str(ROOT),
            "PROCTOR_HUB_DATABASE_URL": database_url,
            "PROCTOR_HUB_ENCRYPTION_KEYS": KEY,
            "PROCTOR_HUB_JOBS__LEASE_SECONDS": str(LEASE),
            **{f"PROCTOR_HUB_JOBS__{k.upper()}": str(v) for k, v in settings.items()},
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *command: str, sign: str = " works") -> subprocess.Popen[str]:
        """A worker that works; ``command``: another process, which says ``sign`` in its log."""
        log = self.folder / f"log{len(self._started)}"
        with log.open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", *(command or ["tests.jobs.working"])],
                cwd=self.folder,
                env=self._environment,
                stderr=stderr,
                text=True,
            )
        self._started.append(process)
        until(lambda: sign in log.read_text() or process.poll() is not None)
        return process

    def end(self) -> None:
        """Kill what still runs."""
        for process in self._started:
            process.kill()
            process.wait()
        self.database.close()

    def log(self, number: int) -> str:
        """What a worker logged."""
        return (self.folder / f"log{number}").read_text()

    def enqueue(self, numbers: range, milliseconds: int) -> None:
        """Jobs of so many milliseconds each."""
        for n in numbers:
            args = (str(self.folder), n, milliseconds)
            self.database.write(
                lambda conn, n=n, args=args: self._queue.enqueue(  # type: ignore[misc]
                    conn, "take_time", *args, key=f"job-{n}"
                )
            )

    def journal(self, what: str) -> list[tuple[int, int]]:
        """Number and process of what ``began`` or ``ended``, in order."""
        path = self.folder / "journal"
        lines = path.read_text().splitlines() if path.exists() else []
        words = [line.split() for line in lines]
        return [(int(number), int(pid)) for kind, number, pid in words if kind == what]

    def statuses(self) -> dict[str, str]:
        """Key → status."""
        with self.database.read() as conn:
            rows = store.newest_first(conn, status=None, before=None, count=1000)
        return {row.key: row.status for row in rows}

    def all_done(self) -> bool:
        """Whether every job is."""
        return set(self.statuses().values()) == {JobStatus.DONE}


def until(condition: Callable[[], bool]) -> float:
    """Wait for something that other processes bring about; returns the seconds it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < PATIENCE, "it never happened"
        time.sleep(0.02)
    return time.monotonic() - began


@contextmanager
def workers(database_url: str, folder: Path, **settings: object) -> Iterator[Workers]:
    found = Workers(database_url, folder, **settings)
    try:
        yield found
    finally:
        found.end()


def test_jobs_of_a_killed_worker_are_taken_over_in_time(
    postgresql_url: str, tmp_path: Path
) -> None:
    with workers(postgresql_url, tmp_path) as crew:
        victim, other = crew.start(), crew.start()
        crew.enqueue(range(24), 500)
        until(lambda: len([1 for _, pid in crew.journal("began") if pid == victim.pid]) >= 3)
        victim.kill()
        left = {n for n, pid in crew.journal("began") if pid == victim.pid}
        left -= {n for n, _ in crew.journal("ended")}
        assert left
        seconds = until(lambda: left <= {n for n, pid in crew.journal("began") if pid == other.pid})
        # The lease, the other's next look, the queue's next look, and a busy machine.
        assert seconds < LEASE + LEASE / 3 + 1 + 10
        until(crew.all_done)
        assert len(crew.statuses()) == 24
        assert {n for n, _ in crew.journal("ended")} == set(range(24))
        other.send_signal(signal.SIGTERM)
        assert other.wait(20) == 0


def test_an_embedded_database_goes_on_at_once_after_a_kill(sqlite_url: str, tmp_path: Path) -> None:
    # With a lease that nobody could wait for here.
    with workers(sqlite_url, tmp_path, lease_seconds=600) as crew:
        victim = crew.start()
        crew.enqueue(range(4), 1500)
        until(lambda: len(crew.journal("began")) == 4)
        victim.kill()
        victim.wait()
        crew.start()
        seconds = until(lambda: len(crew.journal("began")) == 8)
        assert seconds < 10
        until(crew.all_done)


def test_a_worker_that_was_paused_too_long_ends_and_another_has_its_jobs(
    postgresql_url: str, tmp_path: Path
) -> None:
    with workers(postgresql_url, tmp_path) as crew:
        paused, other = crew.start(), crew.start()
        crew.enqueue(range(12), 700)
        until(lambda: any(pid == paused.pid for _, pid in crew.journal("began")))
        paused.send_signal(signal.SIGSTOP)
        # Somebody else takes its name meanwhile.
        crew.start()
        until(crew.all_done)
        newcomer = crew.start()
        assert newcomer.poll() is None
        before = len(crew.journal("began"))
        paused.send_signal(signal.SIGCONT)
        assert paused.wait(20) == 75
        assert "worker_lost" in crew.log(0)
        crew.enqueue(range(12, 16), 10)
        until(crew.all_done)
        assert len(crew.journal("began")) >= before + 4
        assert other.poll() is None


def test_a_server_that_was_paused_too_long_ends(postgresql_url: str, tmp_path: Path) -> None:
    with workers(postgresql_url, tmp_path) as crew:
        server = crew.start(
            "proctor_hub.cli", "serve", "--port", "0", sign="Application startup complete"
        )
        server.send_signal(signal.SIGSTOP)

        def silent_for_too_long() -> bool:
            query = "SELECT expires_at < clock_timestamp() FROM workers WHERE name = 'w1'"
            with crew.database.read() as conn:
                return bool(conn.exec_driver_sql(query).scalar())

        until(silent_for_too_long)
        crew.start()  # and takes its name
        assert "worker w1 works" in crew.log(1)
        server.send_signal(signal.SIGCONT)
        assert server.wait(40) == 75
        assert "worker_lost" in crew.log(0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_finishes_what_is_in_hand_and_begins_nothing(
    database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    with workers(database_url, tmp_path) as crew:
        one = crew.start()
        crew.enqueue(range(60), 1000)
        until(lambda: len(crew.journal("began")) >= 4)
        one.send_signal(number)
        assert one.wait(20) == 0
        began, ended = crew.journal("began"), crew.journal("ended")
        assert sorted(began) == sorted(ended)
        done = len(began)
        assert 4 <= done < 60
        assert sorted(crew.statuses().values()) == ["done"] * done + ["queued"] * (60 - done)
        with crew.database.read() as conn:
            assert conn.exec_driver_sql("SELECT count(*) FROM workers").scalar() == 0
            assert conn.exec_driver_sql("SELECT count(*) FROM claims").scalar() == 0


def test_a_stop_waits_no_longer_than_it_may(database_url: str, tmp_path: Path) -> None:
    with workers(database_url, tmp_path, drain_seconds=1) as crew:
        one = crew.start()
        crew.enqueue(range(1), 60_000)
        until(lambda: len(crew.journal("began")) == 1)
        began = time.monotonic()
        one.send_signal(signal.SIGTERM)
        assert one.wait(20) == 0
        assert time.monotonic() - began < 10
        assert crew.statuses() == {"job-0": "running"}
        crew.start()
        until(lambda: len(crew.journal("began")) == 2)


def test_a_second_signal_ends_it_at_once(database_url: str, tmp_path: Path) -> None:
    with workers(database_url, tmp_path) as crew:
        one = crew.start()
        crew.enqueue(range(1), 60_000)
        until(lambda: len(crew.journal("began")) == 1)
        one.send_signal(signal.SIGTERM)
        until(lambda: one.poll() is None)
        one.send_signal(signal.SIGINT)
        assert one.wait(5) in (128 + signal.SIGINT, 128 + signal.SIGTERM)


def test_a_second_worker_on_an_embedded_database_is_refused(
    sqlite_url: str, tmp_path: Path
) -> None:
    with workers(sqlite_url, tmp_path) as crew:
        first, second = crew.start(), crew.start()
        assert second.wait(20) != 0
        assert "another process already works on" in crew.log(1)
        assert first.poll() is None
