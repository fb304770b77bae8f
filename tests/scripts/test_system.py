"""How the tests' services are found: scripts/system.sh with programs of ours on its path."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "system.sh"
TOOLS = ("bash", "env", "id", "dirname", "readlink", "grep", "sed", "sort", "ls")


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is the whole path: what the script itself needs, and no browser."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return folder


def _program(folder: Path, name: str, body: str = "echo Chromium 150") -> Path:
    path = folder / name
    path.write_text(f"#!{shutil.which('bash')}\n{body}\n")
    path.chmod(0o755)
    return path


def _ensure(programs: Path, given: str | None = None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(programs)}
    if given is not None:
        environment["PROCTOR_HUB_TEST_CHROMIUM"] = given
    return subprocess.run(
        [str(programs / "bash"), str(SCRIPT), "ensure-chromium"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_chromium_on_the_path_is_found(programs: Path, name: str) -> None:
    path = _program(programs, name)
    done = _ensure(programs)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{path}\n", "")


def test_a_chromium_that_only_says_what_to_install_is_none(programs: Path) -> None:
    _program(programs, "chromium-browser", "echo please install a snap; exit 1")
    path = _program(programs, "google-chrome")
    assert _ensure(programs).stdout == f"{path}\n"


def test_a_chromium_that_is_given_is_used(programs: Path, tmp_path: Path) -> None:
    _program(programs, "chromium")
    path = _program(tmp_path, "my-chromium")
    assert _ensure(programs, str(path)).stdout == f"{path}\n"


def test_a_given_chromium_that_is_none_is_told(programs: Path, tmp_path: Path) -> None:
    _program(programs, "chromium")
    done = _ensure(programs, str(tmp_path / "nothing"))
    assert done.returncode == 1
    assert done.stdout == ""
    assert "PROCTOR_HUB_TEST_CHROMIUM is" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_without_any_one_sentence_says_what_to_do(programs: Path) -> None:
    done = _ensure(programs)
    assert done.returncode == 1
    assert done.stdout == ""
    [sentence] = done.stderr.splitlines()
    assert "apt-get install chromium" in sentence
    assert "PROCTOR_HUB_TEST_CHROMIUM" in sentence


def test_a_missing_one_is_installed_where_that_is_allowed(programs: Path) -> None:
    """Debian's package, and only where the programs say so: apt-get is ours here."""
    (programs / "id").unlink()
    _program(programs, "id", "echo 0")
    (programs / "chmod").symlink_to(str(shutil.which("chmod")))
    _program(
        programs,
        "apt-get",
        f'echo "apt-get $*"; [ "$1" = update ] || '
        f'{{ printf "#!{shutil.which("bash")}\\ntrue\\n" >"{programs}/chromium"; '
        f'chmod +x "{programs}/chromium"; }}',
    )
    done = _ensure(programs)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{programs}/chromium\n"
    assert "apt-get update -qq" in done.stderr
    assert "apt-get install -y -qq chromium" in done.stderr
