"""What every test shares: databases, and Hypothesis set so that a failure can be repeated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

import hypothesis
import pytest

from proctor_hub.domain.told import Told
from tests.crash import seeds
from tests.databases import (
    database_engine,
    database_url,
    empty_database_url,
    empty_postgresql_url,
    empty_sqlite_url,
    postgresql_server,
    postgresql_template,
    postgresql_url,
    reused_database,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "database_engine",
    "database_url",
    "empty_database_url",
    "empty_postgresql_url",
    "empty_sqlite_url",
    "postgresql_server",
    "postgresql_template",
    "postgresql_url",
    "reused_database",
    "sqlite_template",
    "sqlite_url",
]

# New examples on every run (a fixed set would stop finding things), each failure with what repeats
# it; no deadline, since a busy machine is not a defect.
hypothesis.settings.register_profile("ci", print_blob=True, derandomize=False, deadline=None)
hypothesis.settings.load_profile("ci")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say which seeds this run has."""
    return [_hypothesis(config), seeds.told()]


def _hypothesis(config: pytest.Config) -> str:
    seed = config.getoption("--hypothesis-seed")
    profile = hypothesis.settings.get_current_profile_name()
    if seed is None:
        return f"hypothesis: profile {profile}, random seed (make test gives one and prints it)"
    return f"hypothesis: profile {profile}, seed {seed}; repeat: HYPOTHESIS_SEED={seed} make test"


@pytest.fixture(autouse=True, scope="session")
def _sentences_have_labels_in_them() -> Iterator[None]:
    """Whichever text any test comes upon: a word of the field in it was put there by ``label``."""

    def checked(cls: type[Told], template: str, values: Mapping[str, object], *rest: Any) -> Told:
        raw = [one for one in values.values() if isinstance(one, Enum)]
        assert not raw, f"{template!r} holds {raw}: take proctor_hub.domain.labels.label"
        return made(cls, template, values, *rest)

    made = Told.__new__
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Told, "__new__", checked)
        yield
