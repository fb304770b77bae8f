"""Plugins that were built against an older contract, installed as the host finds them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, distributions
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PACKAGE = "proctor_hub_lantern"


def wheel_of(minor: str) -> Path:
    """The wheel that was built against the contract of a minor version."""
    return HERE / "wheels" / f"{PACKAGE}-{minor}.0-py3-none-any.whl"


def source_of(minor: str) -> Path:
    """The folder that the wheel was built from."""
    return HERE / "plugins" / f"lantern_{minor.replace('.', '_')}"


@contextmanager
def installed(path: Path, package: str = PACKAGE) -> Iterator[list[EntryPoint]]:
    """The entry points of what lies at ``path`` (a wheel or a folder), which can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(path))
        _forget(package)
        try:
            yield [
                point for found in distributions(path=[str(path)]) for point in found.entry_points
            ]
        finally:
            _forget(package)


def _forget(package: str) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        del sys.modules[name]
