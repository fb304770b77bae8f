"""A course with attempts and a hub that makes reports of it, in a folder the test looks into."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.seed import COURSE_ID, Plan, seed
from proctor_hub.domain.report import ReportKind
from proctor_hub.services import reports
from proctor_hub.services.hub import Hub
from proctor_hub.services.reports import Report
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.storage.tables import reports as table
from tests.jobs.running import WaitingJobs
from tests.support import OPERATOR, FakeClock, a_hub

PATIENCE = 60.0
"""Seconds a test waits for a process before it says that something hangs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """``folder``: where reports are kept."""

    hub: Hub
    jobs: WaitingJobs
    folder: Path
    clock: FakeClock

    def ask(self, kind: ReportKind = ReportKind.RESULTS) -> Report:
        """An operator asks for a report of the course."""
        return reports.request_report(self.hub, OPERATOR, COURSE_ID, kind)

    def look(self, report: Report) -> Report:
        """The report as it is now."""
        return reports.get_report(self.hub, OPERATOR, report.code)

    def made(self, kind: ReportKind = ReportKind.RESULTS) -> Report:
        """A report asked for and made; everything that waits is run."""
        report = self.ask(kind)
        self.jobs.run_all(self.hub)
        return self.look(report)

    def row(self, report: Report) -> Any:
        """The report as it is stored."""
        with self.hub.database.read() as conn:
            return conn.execute(table.select().where(table.c.id == report.id)).one()

    def files(self) -> list[str]:
        """Every file there is, by path below the folder."""
        found = (path for path in self.folder.rglob("*") if not path.is_dir())
        return sorted(str(path.relative_to(self.folder)) for path in found)

    def rows(self, report: Report) -> list[dict[str, str]]:
        """The rows of the report's file."""
        text = (self.folder / report.code / report.file_key).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def pipe(self, report: Report, run: int) -> int:
        """A pipe in the place of the file of this run; its reading end.

        The run that writes it goes on only while the test reads.
        """
        place = self.folder / report.code
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"{run}.part"
        os.mkfifo(path)
        return os.open(path, os.O_RDONLY | os.O_NONBLOCK)


@contextmanager
def a_world(database_url: str, folder: Path, *, attempts: int, **options: Any) -> Iterator[World]:
    """A hub with the course of ``benchmarks.seed`` and so many reviewed attempts."""
    clock, jobs = FakeClock(), WaitingJobs()
    parts = {"jobs": jobs, "report_files": ReportFiles(str(folder))}
    with a_hub(database_url, clock=clock, parts=parts, **options) as hub:
        seed(hub.database, Plan(attempts=attempts, vendor="acme", stage="reviewed"))
        yield World(hub=hub, jobs=jobs, folder=folder, clock=clock)
