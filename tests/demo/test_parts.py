from __future__ import annotations

import io
import shutil
import signal
import socket
import subprocess
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from proctor_hub.demo import main as package_main
from proctor_hub.demo.data import load_plan
from proctor_hub.demo.ending import OWN, emptied
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.filling import filled
from proctor_hub.demo.main import _ended_by_signals
from proctor_hub.demo.processes import Processes, clean_environment, free_port
from proctor_hub.demo.stage import _toml
from proctor_hub.demo.verbs_learner import LEARNER_VERBS
from proctor_hub.demo.verbs_staff import DECISIONS, VENDOR_VERBS
from proctor_hub.demo.view import View


def test_the_files_hold_what_the_demo_promises() -> None:
    plan = load_plan()
    assert len(plan.courses) == 2 and len(plan.learners) == 30
    assert {course.settings["vendor"] for course in plan.courses} == set(plan.vendors)
    assert len(plan.vendors) == 2 and plan.allowances
    assert any(course.settings.get("allow_opt_out") for course in plan.courses)
    assert len(plan.people) == len(plan.everybody), "usernames are unique"
    assert set(Counter(one.course_id for one in plan.learners)) == {
        course.course_id for course in plan.courses
    }


def test_every_line_of_the_story_can_be_played() -> None:
    plan = load_plan()
    staff = {one.username for one in plan.staff}
    for line in (line for scene in plan.story for line in scene.lines):
        who, verb, *rest = line.split()
        if who in plan.vendors:
            assert " ".join([verb, *rest]) in VENDOR_VERBS, line
        elif who in staff:
            assert verb in (*DECISIONS, "cannot") and rest[-1] in plan.people, line
        else:
            assert who in plan.people and verb in LEARNER_VERBS, line
    reviews = {name for vendor in plan.vendors.values() for name in vendor.reviews}
    told = "\n".join(line for scene in plan.story for line in scene.lines)
    assert all(name in told for name in reviews), "no review is left untold"


def test_placeholders_are_filled_anywhere_and_never_left() -> None:
    value = {"a": "{x}/y", "b": [{"c": "{x}"}], "n": 1}
    assert filled(value, {"x": "X"}) == {"a": "X/y", "b": [{"c": "X"}], "n": 1}
    with pytest.raises(DemoError, match="nobody"):
        filled("{nobody}", {})


def test_the_configuration_is_toml_again() -> None:
    config = {"url": 'a"b\\c', "n": 1, "t": {"on": True, "deep": {"x": "é\n"}}}
    assert tomllib.loads(_toml(config)) == config


def test_the_demos_own_folder_is_emptied(tmp_path: Path) -> None:
    own = tmp_path / OWN
    (own / "old").mkdir(parents=True)
    (own / "old" / "report.csv").write_text("old")
    emptied(own)
    assert [path.name for path in own.iterdir()] == [".proctor-hub-demo"]
    (own / "left.csv").write_text("old")
    emptied(own)
    assert not (own / "left.csv").exists()


def test_other_peoples_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DemoError, match="not the demo's"):
        emptied(tmp_path)
    assert package_main(tmp_path, False) == 1
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    with pytest.raises(DemoError, match="not a folder"):
        emptied(tmp_path / "thesis.txt")


def test_servers_are_ended_when_the_block_is_left(tmp_path: Path) -> None:
    port = free_port()
    with pytest.raises(RuntimeError), Processes(tmp_path, clean_environment()) as processes:
        processes.start("files", ["http.server", str(port), "--bind", "127.0.0.1"], port)
        processes.wait()
        process: subprocess.Popen[bytes] = processes._running["files"]
        raise RuntimeError("in the middle")
    assert process.returncode is not None
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_server_that_ends_by_itself_is_one_sentence(tmp_path: Path) -> None:
    with Processes(tmp_path, clean_environment()) as processes:
        processes.start("the ghost", ["no_such_module"], free_port())
        with pytest.raises(DemoError, match=r"the ghost ended with exit code 1: .*no_such_module"):
            processes.wait()


SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture
def attended() -> Iterator[None]:
    """As in a terminal: the tests may have been started with ``nohup`` or in the background."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in SIGNALS[1:]:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("attended")
def test_a_termination_signal_leaves_by_the_exit() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as left, _ended_by_signals():
        signal.raise_signal(signal.SIGTERM)
    assert left.value.code == 143
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.usefixtures("attended")
@pytest.mark.parametrize("first", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_does_not_disturb_the_leaving(first: signal.Signals) -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    left: list[signal.Signals] = []
    with pytest.raises((SystemExit, KeyboardInterrupt)), _ended_by_signals():
        try:
            # Not os.kill: another thread may be who gets it, and this one hears of it later.
            signal.raise_signal(first)
        finally:
            for number in SIGNALS:
                signal.raise_signal(number)
                left.append(number)
    assert left == list(SIGNALS)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_settings_of_another_hub_do_not_leak_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROCTOR_HUB_DATABASE_URL", "postgresql://production")
    assert "PROCTOR_HUB_DATABASE_URL" not in clean_environment()


@pytest.mark.parametrize("terminal", [False, True])
def test_the_view_shows_lines_with_and_without_a_terminal(terminal: bool) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80)
    with View(["One", "Two"], console) as view:
        view.scene("One")
        view.line("ada starts [final]")
        view.scene_done()
    assert "One" in out.getvalue()
    assert ("ada starts [final]" in out.getvalue()) is True


def test_what_misses_in_a_plan_is_told_with_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    shutil.copytree(load_plan().folder, folder)
    story = folder / "story.toml"
    story.write_text(story.read_text(encoding="utf-8").replace("title", "name", 1))
    with pytest.raises(DemoError, match=r"story\.toml: .*'name'"):
        load_plan(folder)
    shutil.copy(load_plan().folder / "story.toml", story)
    plan = folder / "plan.toml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("[mail]", "[post]"))
    with pytest.raises(DemoError, match=r"plan\.toml has no 'mail'"):
        load_plan(folder)
