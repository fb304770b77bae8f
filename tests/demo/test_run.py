from __future__ import annotations

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.timeout(300)
def test_the_whole_demo_comes_out_right(tmp_path: Path) -> None:
    output = tmp_path / "demo-output"
    done = subprocess.run(
        [sys.executable, "-m", "proctor_hub.cli", "demo", "--output", str(output)],
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "What came out" in done.stdout
    assert re.search(r"\d\d e-mails arrived in the mailbox: .*\d unsatisfactory", done.stdout)
    assert re.search(r"carla +final +(\d+) \(completed\) → 0 \(rejected\) → \1 \(", done.stdout)
    reports = sorted(output.glob("*.csv"))
    assert len(reports) == 2
    for report in reports:
        rows = list(csv.DictReader(report.read_text(encoding="utf-8").splitlines()))
        assert {row["review_status"] for row in rows} >= {"Clean", "Rules Violation"}
        assert len({row["attempt_code"] for row in rows}) == len(rows)
    assert [path.name for path in tmp_path.iterdir()] == ["demo-output"], "nothing is left behind"
