"""A report survives its worker: real processes, killed in the middle of the file."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.seed import COURSE_ID, Plan, seed
from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.encryption_keys import new_key
from proctor_hub.services import reports
from proctor_hub.services.hub import Hub
from proctor_hub.storage.report import stream_results
from proctor_hub.storage.report_files import ReportFiles
from tests.support import OPERATOR, a_hub

ATTEMPTS = 1_200
PATIENCE = 90.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports"


@pytest.fixture
def hub(database_url: str, folder: Path) -> Iterator[Hub]:
    with a_hub(database_url, parts={"report_files": ReportFiles(str(folder))}) as hub:
        seed(hub.database, Plan(attempts=ATTEMPTS, vendor="acme", stage="reviewed"))
        yield hub


@contextmanager
def a_worker(hub: Hub, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """``proctor-hub worker`` on this database; killed afterwards."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCTOR_HUB_")}
    environment = {
        **kept,
        "PROCTOR_HUB_DATABASE_URL": hub.database.url.render_as_string(hide_password=False),
        "PROCTOR_HUB_ENCRYPTION_KEYS": new_key("k"),
        "PROCTOR_HUB_REPORTS__URL": str(folder),
        "PROCTOR_HUB_JOBS__LEASE_SECONDS": "3",
    }
    command = [sys.executable, "-m", "proctor_hub.cli", "worker"]
    with subprocess.Popen(command, env=environment, cwd=folder.parent) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.timeout(300)
def test_a_report_of_a_killed_worker_is_made_whole_by_another(hub: Hub, folder: Path) -> None:
    asked = reports.request_report(hub, OPERATOR, COURSE_ID, ReportKind.RESULTS)
    # In the place of the first run's file: the run goes on only while this test reads.
    (folder / asked.code).mkdir(parents=True)
    os.mkfifo(folder / asked.code / "1.part")
    with a_worker(hub, folder):
        pipe = os.open(folder / asked.code / "1.part", os.O_RDONLY)  # waits for the writer
        assert os.read(pipe, 100)
        assert reports.get_report(hub, OPERATOR, asked.code).status is ReportStatus.RUNNING
    while os.read(pipe, 1 << 16):
        pass  # the end comes when the writing process is gone, too
    os.close(pipe)
    with a_worker(hub, folder) as second:
        until = time.monotonic() + PATIENCE
        while (made := reports.get_report(hub, OPERATOR, asked.code)).status in (
            ReportStatus.PENDING,
            ReportStatus.RUNNING,
        ):
            assert second.poll() is None and time.monotonic() < until, made
            time.sleep(0.1)
    assert made.status is ReportStatus.READY, made
    assert made.run == 2
    assert [path.name for path in (folder / asked.code).iterdir()] == ["2.csv"]
    body = (folder / asked.code / "2.csv").read_bytes()
    assert body == b"".join(stream_results(hub.database, 1, COURSE_ID))
