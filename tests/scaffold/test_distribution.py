"""New plugins as their authors ship them: wheels, in an environment that holds nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.docs.pages import ROOT
from tests.scaffold.conftest import Written
from tests.wheels import build_wheels

pytestmark = pytest.mark.timeout(400)
PATIENCE = 300
UV = Path(sys.executable).with_name("uv")


def command(*arguments: str | Path, cwd: Path) -> str:
    """Run to the end, without settings of a hub; what it printed."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PROCTOR_HUB_", "PYTEST_"))}
    done = subprocess.run(
        list(map(str, arguments)), cwd=cwd, env=kept, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, (arguments, done.stdout[-4000:] + done.stderr[-2000:])
    return done.stdout


@dataclass(frozen=True, kw_only=True)
class Clean:
    """An environment with the hub's wheel, both plugins', and what they depend on."""

    folder: Path

    def run(self, *arguments: str, cwd: Path) -> str:
        """A command of the environment."""
        name, *rest = arguments
        return command(self.folder / "bin" / name, *rest, cwd=cwd)

    def vendors(self, cwd: Path) -> Mapping[str, Any]:
        """What ``proctor-hub vendors`` says, by plugin."""
        told = json.loads(self.run("proctor-hub", "vendors", "--json", "--no-health", cwd=cwd))
        return {one["plugin"]: one for one in told}


@pytest.fixture(scope="module")
def clean(plugins: list[Written], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clean]:
    """Built and installed once. The lock holds versions; what it names is in uv's cache, or is
    fetched as when the checkout was set up."""
    place = tmp_path_factory.mktemp("clean")
    build_wheels((ROOT, *(one.folder for one in plugins)), place / "wheels")
    (hub,) = (place / "wheels").glob("proctor_hub-*.whl")
    wheels = [path for path in (place / "wheels").glob("*.whl") if path != hub]
    command(UV, "venv", "--python", sys.executable, place / "env", cwd=place)
    install = [UV, "pip", "install", "--python", place / "env", "-c", ROOT / "requirements.lock"]
    wanted = [f"proctor-hub[testing] @ {hub.as_uri()}", *wheels]
    try:
        command(*install, "--offline", *wanted, cwd=place)
    except AssertionError:
        command(*install, *wanted, cwd=place)
    command(UV, "pip", "check", "--python", place / "env", cwd=place)
    yield Clean(folder=place / "env")
    shutil.rmtree(place)


def test_they_are_found(clean: Clean, plugins: list[Written], tmp_path: Path) -> None:
    found = clean.vendors(tmp_path)
    for one in plugins:
        assert found[one.names.name]["distribution"] == one.names.distribution
    assert set(found) == {one.names.name for one in plugins}, "nothing else is installed"


@pytest.fixture(scope="module")
def tested(
    clean: Clean, plugins: list[Written], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Future[str]]]:
    """Each plugin's own tests, by its name; at once, since they wait more than they work."""

    def run(one: Written) -> str:
        # Without the package beside them: what is tested is what the wheel installed.
        place = tmp_path_factory.mktemp("tests")
        shutil.copytree(one.folder / "tests", place / "tests")
        shutil.copy(one.folder / "pyproject.toml", place)
        return clean.run("pytest", "-p", "no:cacheprovider", cwd=place)

    with ThreadPoolExecutor() as pool:
        yield {one.names.name: pool.submit(run, one) for one in plugins}


def test_their_own_tests_pass_and_show_a_tier(
    clean: Clean, plugin: Written, tested: Mapping[str, Future[str]], tmp_path: Path
) -> None:
    told = tested[plugin.names.name].result()
    assert " failed" not in told
    assert " skipped" not in told
    tier = {"plain": "platinum", "rest": "gold"}[plugin.protocol]
    assert f"tier: {tier} (" in told
    assert clean.vendors(tmp_path)[plugin.names.name]["quality"].startswith(tier)


def test_the_demo_plays_a_course_with_them(clean: Clean, plugin: Written, tmp_path: Path) -> None:
    data = str(plugin.folder / "demo")
    told = clean.run("proctor-hub", "demo", "--data", data, cwd=tmp_path)
    assert re.search(r"carla +final +83 \(completed\) → 0 \(rejected\) → 83 \(verified\)", told)
    (report,) = (tmp_path / "demo-output").glob("*.csv")
    assert "Rules Violation" in report.read_text(encoding="utf-8")
