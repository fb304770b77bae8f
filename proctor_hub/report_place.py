"""Where the configuration says that report files are kept."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from proctor_hub.settings import HubSettings
from proctor_hub.storage.report_files import ReportFiles


def report_files_of(settings: HubSettings) -> ReportFiles | None:
    """Where reports are kept; None: nowhere, until an operator says where.

    :raises ConfigurationError: the setting cannot be used.
    """
    url = settings.reports.url.get_secret_value()
    if not url:
        if not settings.embedded:
            return None
        database = Path(sa.engine.make_url(settings.url).database or "")
        url = str(database.absolute().with_name("reports"))
    return ReportFiles(url, settings.reports.storage_options.get_secret_value())
