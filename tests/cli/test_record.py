"""``record``: a vendor's exchanges written into files from the command line."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from proctor_hub.testing.recorded import load_recording, replay
from tests.cli.conftest import Run, one_sentence
from tests.recorded.leaky import SECRET, SETTINGS, Leaky, a_leaky_vendor
from tests.support import plugin_of


@pytest.fixture
def vendor(folder: Path, install: Callable[..., None]) -> Iterator[str]:
    """An account of the leaky vendor, and where that is."""
    install(plugin_of("leaky", Leaky))
    with a_leaky_vendor() as url:
        capabilities = ", ".join(f'"{one}"' for one in SETTINGS["capabilities"])
        Path("proctor-hub.toml").write_text(
            f"[vendors.leaky]\napi_key = '{SECRET}'\n"
            f'base_url = "{url}"\n'
            f'capabilities = [{capabilities}]\nexam_types = ["proctored"]\n'
            f"[vendors.broken]\nplugin = 'leaky'\nkey = '{SECRET}'\n",
            encoding="utf-8",
        )
        yield url


def test_each_story_is_a_file_that_the_plugin_plays(run: Run, vendor: str, folder: Path) -> None:
    done = run("record", "leaky", "--into", "kept/here")
    assert done.status == 0, done.err
    files = sorted((folder / "kept" / "here").iterdir())
    assert [one.name for one in files] == ["account.json", "proctored.json"]
    assert "account.json: 1 calls, 1 exchanges" in done.out
    for path in files:
        assert SECRET not in path.read_text(encoding="utf-8")
        replay(load_recording(path), Leaky, SETTINGS | {"base_url": "https://vendor.invalid"})
    assert SECRET not in done.out


def test_one_exam_type_alone(run: Run, vendor: str, folder: Path) -> None:
    assert run("record", "leaky", "--into", "kept", "--exam-type", "proctored").status == 0
    assert [one.name for one in (folder / "kept").iterdir()] == ["proctored.json"]


def test_what_is_done_at_a_sandbox_is_told(run: Run, vendor: str, folder: Path) -> None:
    Path("steer.toml").write_text(
        f'url = "{vendor}"\n[commands]\nready = {{ path = "/x/{{external_id}}", body = {{}} }}\n'
    )
    assert run("record", "leaky", "--into", "kept", "--steer", "steer.toml").status == 0
    steps = load_recording(folder / "kept" / "proctored.json").steps
    assert [one.call for one in steps if "ready" in one.meanwhile] == ["session_started"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read"),
        ("= nonsense", "is not valid TOML"),
        (
            'url = "http://127.0.0.1:1"\n[commands]\nready = { path = "/" }\n',
            "ready cannot be done",
        ),
        ('url = "{url}"\n[commands]\nready = {{ path = "/x/refused" }}\n', "answered 409"),
    ],
)
def test_steering_that_does_not_work_is_one_sentence(
    run: Run, vendor: str, content: str | None, words: str
) -> None:
    if content is not None:
        text = content.format(url=vendor) if "{url}" in content else content
        Path("steer.toml").write_text(text, encoding="utf-8")
    done = run("record", "leaky", "--into", "kept", "--steer", "steer.toml")
    assert done.status == 2
    assert words in one_sentence(done)


def test_a_person_is_waited_for(
    run: Run, vendor: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n" * 2))
    done = run("record", "leaky", "--into", "kept", "--exam-type", "proctored", "--pause")
    assert done.status == 0, done.err
    assert "get the session" in done.err and "close the vendor's tool" in done.err
    told = [
        one
        for step in load_recording(folder / "kept/proctored.json").steps
        for one in step.meanwhile
    ]
    assert "ready" in told


def test_wrong_use_and_a_broken_account(run: Run, vendor: str) -> None:
    assert run("record", "nobody", "--into", "kept").status == 2
    both = run("record", "leaky", "--into", "kept", "--pause", "--steer", "x.toml")
    assert both.status == 2
    broken = run("record", "broken", "--into", "kept")
    assert broken.status == 1
    assert "key" in one_sentence(broken) and SECRET not in broken.err


def test_recording_needs_no_library_of_tests() -> None:
    code = (
        "import sys; sys.modules['responses'] = None; sys.modules['pytest'] = None\n"
        "from proctor_hub.cli import main; sys.exit(main(['record', '--help']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
