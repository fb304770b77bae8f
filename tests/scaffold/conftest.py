"""New plugins of both kinds, with a short name and with the longest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from proctor_hub.scaffold import Names, Protocol, write

LONG = "northern-lights-of-norway-2026"


@dataclass(frozen=True, kw_only=True)
class Written:
    """A new plugin on disk."""

    names: Names
    protocol: Protocol
    folder: Path

    @property
    def package(self) -> str:
        """Its Python package."""
        return self.names.distribution.replace("-", "_")

    def read(self, name: str) -> str:
        """A file's text."""
        return (self.folder / name).read_text(encoding="utf-8")


PLAIN = (Names("acme"), Protocol.PLAIN)
REST = (Names(LONG, "Northern Lights (Norway) & Co."), Protocol.REST)


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> list[Written]:
    """Both."""
    into = tmp_path_factory.mktemp("new-plugins")
    return [
        Written(names=names, protocol=protocol, folder=write(names, protocol, into))
        for names, protocol in (PLAIN, REST)
    ]


@pytest.fixture(params=[PLAIN, REST], ids=["plain", "rest"])
def plugin(request: pytest.FixtureRequest, plugins: list[Written]) -> Written:
    """Each of them."""
    names, protocol = request.param
    return next(one for one in plugins if (one.names, one.protocol) == (names, protocol))
