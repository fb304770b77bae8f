from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.seed import COURSE_ID, Plan, seed
from proctor_hub.services import reports
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Hub
from tests.support import a_hub


def test_the_reports_of_a_course(database_url: str) -> None:
    with a_hub(database_url) as hub:
        seed(hub.database, Plan(attempts=20, vendor="acme", stage="reviewed"))
        rows = b"".join(reports.stream_report(hub, 1)).decode().split("\r\n")
        legacy = b"".join(reports.stream_legacy_report(hub, 1)).decode().split("\r\n")
        name = reports.file_name(hub, 1)
    assert rows[0].startswith("course_id,exam_name,")
    assert len(rows) == len(legacy) == 22
    assert all(row.startswith(f"{COURSE_ID},Exam 00") for row in rows[1:-1])
    assert name == ("course-v1_Bench+B101+2026_proctored_exam_results_report_2026-11-22-090000.csv")


@pytest.mark.parametrize(
    "ask", [reports.stream_report, reports.stream_legacy_report, reports.file_name]
)
def test_an_unknown_course_is_refused_before_the_first_chunk(
    database_url: str, ask: Callable[[Hub, int], Any]
) -> None:
    with a_hub(database_url) as hub, pytest.raises(NotFound):
        ask(hub, 7)
