from __future__ import annotations

from pathlib import Path

import pytest

from scripts.names import offences


def _found(path: str, text: str) -> list[str]:
    return list(offences(Path(path), text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("proctor_hub/web/pages.py", "# as Proctortrack does\n"),
        ("proctor_hub/web/templates/exam.html", "<p>Software Secure</p>\n"),
        ("proctor_hub/demo/run.py", "vendor = 'rpnow'\n"),
        ("proctor_hub/web/app.py", "x = 1\n" * 401),
        ("requirements.lock", "x @ https://files.example/x.whl\n"),
        ("docs/index.md", "see pypi" + ".org\n"),
        ("proctor_hub/domain/rules.py", "import sqlalchemy.sql\n"),
        ("proctor_hub/domain/rules.py", "from proctor_hub.vendors import host\n"),
        ("proctor_hub/errors.py", "import requests\n"),
        ("proctor_hub/domain/rules.py", "from proctor_hub.domains import words\n"),
    ],
)
def test_an_offence_is_named(path: str, text: str) -> None:
    [found] = _found(path, text)
    assert found.startswith(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("proctor_hub/demo/plan.toml", "vendor = 'rpnow'\n"),
        ("plugins/rpnow/proctor_hub_rpnow/plugin.py", "NAME = 'RPNow'\n"),
        ("proctor_hub/web/static/htmx.min.js", "x\n" * 500),
        ("proctor_hub/web/app.py", "x = 1\n" * 400),
        ("proctor_hub/domain/rules.py", "from proctor_hub.errors import ProctorHubError\n"),
        ("proctor_hub/domain/rules.py", "import re\nfrom proctor_hub.domain import words\n"),
        ("proctor_hub/domain/rules.py", "from .words import Status\nfrom datetime import date\n"),
    ],
)
def test_what_is_allowed_is_not_named(path: str, text: str) -> None:
    assert _found(path, text) == []
