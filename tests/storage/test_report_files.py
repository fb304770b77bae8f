from __future__ import annotations

from pathlib import Path

import pytest

from proctor_hub.storage.report_files import ReportFiles, StorageFailed


def test_a_folder_that_cannot_be_made_is_told_before_a_report_is_asked_for(tmp_path: Path) -> None:
    ReportFiles(str(tmp_path / "not made yet" / "reports")).check()
    assert list(tmp_path.iterdir()) == [], "looking makes nothing"
    (tmp_path / "file").touch()
    for place in ("file", "file/reports"):
        with pytest.raises(StorageFailed, match="no folder that this user may write to"):
            ReportFiles(str(tmp_path / place)).check()
