"""The public door is what the snapshot says, and takes nothing from plugins of the last one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import proctor_hub
from tests.contract import facts, rules, snapshots, update
from tests.docs.pages import ROOT

REMOVED = "proctor_hub.Attempt.number: field int, required"
CHANGES = [
    # what the snapshot of 0.5 had, what there is in 0.6, what the author notices, what is refused
    (REMOVED, "", "stop working", "deprecate it since 0.6; it may go in 0.8"),
    (f"{REMOVED} (deprecated since 0.4: use x)", "", "were told since 0.4", ""),
    (f"{REMOVED} (deprecated since 0.5: use x)", "", "stop working", "it may go in 0.7"),
    (REMOVED, f"{REMOVED} (deprecated since 0.6: use x)", "are told now", ""),
    (f"{REMOVED} (deprecated since 0.5: use x)", REMOVED, "no longer told", ""),
    (REMOVED, "proctor_hub.Attempt.number: field str, required", "stop working", "beside it"),
    (REMOVED, "proctor_hub.Attempt.number: field int = 1", "may be left out now", ""),
    ("a.B.c: field int = 1", "a.B.c: field int = 2", "get another value", ""),
    ("a.B.c: field int = 1", "a.B.c: field int, required", "leave it out", "its default"),
    ("a.B: values", "a.B: values\na.B.c: field int, required", "do not give it", "a default"),
    ("a.B: values", "a.B: values\na.B.c: field int = 1", "may use it", ""),
    ("a.f: function -> int", "a.f: function -> int\na.f(x): argument 1: int, required", "", "give"),
    ("a.f(x): argument 1: int, required", "a.f(x): argument 2: int, required", "stop", "beside"),
    ("", "a.B: values\na.B.c: field int, required", "may use it", ""),
    ("a.E.X: member 'x'", "a.E.X: member 'y'", "stop working", "beside it"),
    ("a.U -> X: one of it", "", "stop working", "deprecate"),
    ("hook h: since 0.1", "hook h: since 0.1\nhook h(new): argument str, since 0.6", "may use", ""),
    ("hook h(old): argument str, since 0.1", "", "stop working", "deprecate"),
    ("hook h -> X: alone", "", "stop working", "deprecate"),
    ("", "demand every vendor/h: required", "not loaded", "default flow"),
    ("demand every vendor/h: required", "", "may leave the hook out", ""),
    ("proctor_hub.Capability.C: member 'c'", "", "stop working", "deprecate"),
    ("", "demand c/h: required", "comes with a new capability", ""),
]


def test_the_door_is_as_the_snapshot_says() -> None:
    difference = snapshots.difference()
    assert not difference, difference


def test_nothing_that_plugins_of_the_last_minor_use_was_taken_away() -> None:
    refused = snapshots.refusals()
    assert not refused, "\n".join(["This version may not bring it:", *map(str, refused)])


@pytest.mark.parametrize("version", snapshots.kept())
def test_a_snapshot_is_readable_and_in_order(version: str) -> None:
    text = snapshots.file_of(version).read_text(encoding="utf-8")
    assert facts.written(facts.read(text)) == text
    assert len(facts.read(text)) > 500


@pytest.mark.parametrize(("before", "after", "told", "refused"), CHANGES)
def test_what_a_version_may_bring(before: str, after: str, told: str, refused: str) -> None:
    change = rules.changes(facts.read(before), facts.read(after), "0.6")[-1]
    assert told in change.told
    assert bool(change.refused) == bool(refused)
    assert refused in change.refused


def test_a_demand_on_a_capability_that_was_there_is_refused() -> None:
    old = facts.read("proctor_hub.Capability.C: member 'c'")
    (change,) = rules.changes(old, old | facts.read("demand c/h: required"), "0.6")
    assert change.refused


def test_from_1_0_on_only_a_major_version_takes_away() -> None:
    old = facts.read(f"{REMOVED} (deprecated since 1.2: use x)")
    assert rules.changes(old, {}, "1.9")[0].refused == "it may go in 2.0, not before"
    assert not rules.changes(old, {}, "2.0")[0].refused


def test_whoever_takes_a_name_away_is_told_what_authors_notice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rest = [name for name in proctor_hub.__all__ if name != "Learner"]
    monkeypatch.setattr(proctor_hub, "__all__", rest)
    told = snapshots.difference()
    assert "- proctor_hub.Learner.pseudonym: field str, required" in told
    assert "plugins that use it stop working" in told
    assert "REFUSED: deprecate it since" in told
    assert "CHANGELOG.md" in told and snapshots.UPDATE in told
    assert "proctor_hub.Learner" in {change.path for change in snapshots.refusals()}
    with pytest.raises(SystemExit, match="may not bring it"):
        update.main()


def test_what_is_added_is_written_by_one_command_but_never_in_a_patch(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for version in snapshots.kept():
        (tmp_path / f"{version}.txt").write_text(snapshots.file_of(version).read_text("utf-8"))
    monkeypatch.setattr(snapshots, "FOLDER", tmp_path)
    monkeypatch.setattr(proctor_hub, "novelty", print, raising=False)
    monkeypatch.setattr(proctor_hub, "__all__", [*proctor_hub.__all__, "novelty"])
    assert "+ proctor_hub.novelty" in snapshots.difference()
    released = proctor_hub.__version__
    monkeypatch.setattr(proctor_hub, "__version__", f"{snapshots.minor()}.1")
    with pytest.raises(SystemExit, match="next minor version"):
        update.main()
    monkeypatch.setattr(proctor_hub, "__version__", released)
    update.main()
    assert snapshots.difference() == ""


def test_hooks_and_arguments_say_truly_since_when_they_are_there() -> None:
    first: dict[str, str] = {}
    for version in snapshots.kept():
        for path in snapshots.snapshot(version):
            first.setdefault(path, version)
    for path, text in facts.door().items():
        if said := re.search(r"since (\d+\.\d+)", text) if path.startswith("hook ") else None:
            assert said[1] == first[path], f"{path} came with {first[path]}"


def test_the_changelog_tells_authors_what_changed() -> None:
    found = rules.changes(snapshots.snapshot(snapshots.previous()), facts.door(), snapshots.minor())
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    section = changelog.partition(f"## {snapshots.minor()}.")[2].partition("\n## ")[0]
    told = set(re.findall(r"\w+", section.partition("### For plugin authors")[2]))
    silent = []
    for owner in dict.fromkeys(facts.owner_of(change.path) for change in found):
        *place, name = re.split(r"[ .]", owner)
        # Of a module for tests it is enough to name the module.
        room = place[-1] if place[:2] == ["proctor_hub", "testing"] else name
        if not {name, room} & told:
            silent.append(owner)
    assert silent == [], "name them in CHANGELOG.md under For plugin authors"
