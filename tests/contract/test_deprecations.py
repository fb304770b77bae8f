"""What will go is told with the plugin's file and line: to its author, to operators, to the log."""

from __future__ import annotations

import dataclasses
import importlib
import json
import os
import subprocess
import sys
import textwrap
import types
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

import proctor_hub
from proctor_hub import ContractDeprecationWarning, deprecation
from proctor_hub.contract_versions import Deprecated, HookVersions, earliest_removal, versions_of
from proctor_hub.deprecation import DeprecatedName, uses_in
from proctor_hub.hookspecs import VendorSpec
from proctor_hub.transports.contract import TransportSpec
from proctor_hub.vendors.observers import Observers, ObserverSpec
from tests.cli.conftest import Run, folder, install, run
from tests.contract.wheels import installed
from tests.docs.pages import ROOT
from tests.support import make_registry

__all__ = ["folder", "install", "run"]
MARK = Deprecated(since="0.2", instead="use the new one")
PACKAGE = "proctor_hub_oldish"
PLUGIN = """
from proctor_hub import hookimpl
from proctor_hub import NoticeReply
from proctor_hub.testing.fake_vendor import FakeVendor


class Oldish(FakeVendor):
    @hookimpl
    def session_started(self, exam, attempt):
        number = attempt.number
        return NoticeReply(detail=f"the {number}th")

    @hookimpl
    def report_label(self, status):
        return None


class Watcher:
    @hookimpl
    def decision_made(self, event):
        return None
"""
POINTS = "[proctor_hub.vendors]\noldish = proctor_hub_oldish.plugin:Oldish\n"
CONFIGURATION = 'public_url = "https://hub.example"\n[vendors.oldish]\n'


def line_of(text: str) -> int:
    """Where the plugin's file says it."""
    return next(n for n, line in enumerate(PLUGIN.splitlines(), start=1) if text in line)


HOST = """
from dataclasses import dataclass

from proctor_hub.deprecation import deprecated_fields


def sample(mark):
    @deprecated_fields(detail=mark)
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Sample:
        word: str = ""
        detail: str = ""

    return Sample


def host(cls):
    return cls(detail="b").detail
"""
USER = """
def build(cls):
    return cls(word="a", detail="b")


def read(it):
    return it.detail


def old_way(cls):
    return cls(word="a").word
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[tuple[Path, list[EntryPoint]]]:
    """A distribution as an author makes one: its file, what it registers."""
    site = tmp_path / "site"
    info = site / f"{PACKAGE}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: proctor-hub-oldish\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(POINTS)
    file = site / PACKAGE / "plugin.py"
    file.parent.mkdir()
    file.with_name("__init__.py").write_text("")
    file.write_text(PLUGIN)
    with installed(site, PACKAGE) as points:
        yield file, points


@pytest.fixture(autouse=True)
def next_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contract in which a name, a field, a hook and arguments are deprecated."""
    name = DeprecatedName(mark=MARK, place="proctor_hub.vendors.launching:NoticeAnswer")
    monkeypatch.setitem(proctor_hub.DEPRECATED_NAMES, "NoticeReply", name)
    monkeypatch.setattr(deprecation, "_seen", deprecation._Seen())
    for spec, hook, arguments in (
        (VendorSpec, "report_label", {}),
        (VendorSpec, "session_started", {"exam": MARK}),
        (ObserverSpec, "decision_made", {}),
    ):
        whole = None if arguments else MARK
        versions = HookVersions(since="0.1", deprecated=whole, deprecated_arguments=arguments)
        monkeypatch.setattr(getattr(spec, hook), "proctor_hub_versions", versions)


def told(caught: pytest.WarningsRecorder) -> dict[int, str]:
    """Line → what was said about it, of the plugin's file alone."""
    assert {one.filename.endswith("plugin.py") for one in caught} == {True}
    return {one.lineno: str(one.message) for one in caught}


def test_a_plugin_is_told_of_names_hooks_and_arguments_where_it_uses_them(
    plugin: tuple[Path, list[EntryPoint]],
) -> None:
    file, points = plugin
    with pytest.warns(ContractDeprecationWarning) as caught:
        registry = make_registry({"oldish": {"plugin": "oldish"}}, None, points)
    assert not registry.broken
    assert {Path(one.filename) for one in caught} == {file}
    said = told(caught)
    assert set(said) == {line_of("import NoticeReply"), 8, 13}
    assert said[line_of("import NoticeReply")] == (
        "proctor_hub.NoticeReply is deprecated since 0.2 and may go in 0.4: use the new one"
    )
    assert "the argument exam of the hook session_started" in said[8]
    assert "the hook report_label" in said[13]


def test_observers_are_told_too(plugin: tuple[Path, list[EntryPoint]]) -> None:
    point = EntryPoint("watcher", f"{PACKAGE}.plugin:Watcher", "proctor_hub.observers")
    with pytest.warns(ContractDeprecationWarning) as caught:
        observers = Observers([point])
    assert observers.names == ("watcher",)
    assert "the hook decision_made" in told(caught)[line_of("class Watcher") + 1]


def test_a_deprecated_field_is_told_to_the_plugin_and_not_to_the_host(
    plugin: tuple[Path, list[EntryPoint]], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = plugin[0].with_name("user.py")
    file.write_text(USER)
    user = importlib.import_module(f"{PACKAGE}.user")
    host = types.ModuleType("proctor_hub.sample")
    monkeypatch.setitem(sys.modules, host.__name__, host)
    exec(HOST, vars(host))
    cls: Any = host.sample(MARK)
    with pytest.warns(ContractDeprecationWarning) as caught:
        made = user.build(cls)
        assert user.read(made) == "b"
    assert [(one.filename, one.lineno) for one in caught] == [(str(file), 3), (str(file), 7)]
    assert [str(one.message).partition(" is ")[0] for one in caught] == [
        "Sample(detail=…)",
        "Sample.detail",
    ]
    assert [use.line for use in uses_in(PACKAGE)] == [3, 7]
    assert user.old_way(cls) == "a"
    assert host.host(cls) == "b"
    assert made == dataclasses.replace(made)
    assert repr(made).endswith("(word='a', detail='b')")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.detail = "c"


def test_a_name_that_never_was_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'proctor_hub' has no attribute 'Nonsense'"):
        _ = proctor_hub.Nonsense  # type: ignore[attr-defined]
    with pytest.raises(ImportError):
        exec("from proctor_hub import Nonsense")


def test_operators_see_it_in_vendors_and_doctor(
    plugin: tuple[Path, list[EntryPoint]],
    run: Run,
    folder: Path,
    install: Callable[..., None],
) -> None:
    file, points = plugin
    install(*points)
    Path("proctor-hub.toml").write_text(CONFIGURATION, encoding="utf-8")
    with pytest.warns(ContractDeprecationWarning):
        rows = run("vendors", "--json").json
    (row,) = rows
    assert row["configured"] is True
    assert [one.partition(": ")[0] for one in sorted(row["deprecations"])] == sorted(
        f"{file}:{line}" for line in (line_of("import NoticeReply"), 8, 13)
    )
    with pytest.warns(ContractDeprecationWarning):
        table = " ".join(run("vendors").out.split())
    assert "uses what will go" in table
    assert "the hook report_label is deprecated since 0.2" in table
    with pytest.warns(ContractDeprecationWarning):
        checks = {one["name"]: one for one in run("doctor", "--json").json}
    assert checks["vendor oldish"]["state"] == "warning"
    assert f"{file}:13" in checks["vendor oldish"]["detail"]


def test_a_listener_hears_of_each_use_once_also_of_those_before(
    plugin: tuple[Path, list[EntryPoint]],
) -> None:
    _, points = plugin
    with pytest.warns(ContractDeprecationWarning):
        make_registry({"oldish": {"plugin": "oldish"}, "more": {"plugin": "oldish"}}, None, points)
    lines: list[deprecation.DeprecatedUse] = []
    deprecation.listen(lines.append)
    assert len(lines) == 3
    with pytest.warns(ContractDeprecationWarning):
        make_registry({"oldish": {"plugin": "oldish"}}, None, points)
    assert len(lines) == 3
    assert tuple(lines) == uses_in(PACKAGE)


def test_the_log_names_file_and_line_of_what_was_loaded_before_it_began(
    plugin: tuple[Path, list[EntryPoint]],
) -> None:
    file, _ = plugin
    file.write_text(PLUGIN + "\n\ndef late():\n    from proctor_hub import NoticeReply\n")
    code = f"""
import proctor_hub
from proctor_hub import logs
from proctor_hub.contract_versions import Deprecated
from proctor_hub.deprecation import DeprecatedName

mark = Deprecated(since="0.2", instead="use the new one")
name = DeprecatedName(mark=mark, place="proctor_hub.vendors.launching:NoticeAnswer")
proctor_hub.DEPRECATED_NAMES["NoticeReply"] = name
from {PACKAGE} import plugin
logs.configure()
plugin.late()
plugin.late()
"""
    environment = {**os.environ, "PYTHONPATH": f"{file.parents[1]}:{ROOT}"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True, timeout=100
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    late = len(file.read_text().splitlines())
    assert [(line["event"], line["file"], line["line"]) for line in lines] == [
        ("plugin_uses_deprecated", str(file), line_of("import NoticeReply")),
        ("plugin_uses_deprecated", str(file), late),
    ]
    assert "NoticeReply is deprecated since 0.2 and may go in 0.4" in lines[0]["what"]


def test_whoever_turns_the_warning_into_an_error_is_stopped_at_the_import(
    plugin: tuple[Path, list[EntryPoint]],
) -> None:
    _, points = plugin
    registry = make_registry({"oldish": {"plugin": "oldish"}}, None, points)
    assert "NoticeReply is deprecated" in registry.broken["oldish"].reason


def test_marks_say_when_a_thing_may_go() -> None:
    assert [earliest_removal(one) for one in ("0.2", "0.9", "1.4")] == ["0.4", "0.11", "2.0"]
    assert versions_of(TransportSpec.deliver_event).since == "0.1"
    with pytest.raises(TypeError, match="not marked"):
        versions_of(textwrap.dedent)
