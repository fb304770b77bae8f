"""``new-plugin``: what it refuses, in a sentence, and what it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run, one_sentence
from tests.cli.plugins import Talkative
from tests.docs.pages import ROOT
from tests.support import plugin_of

FOLDER = "proctor-hub-acme"


def test_it_says_what_to_do_next_in_four_lines(run: Run, folder: Path) -> None:
    done = run("new-plugin", "acme")
    assert done.status == 0, done.err
    first, install, demo, documentation = done.out.splitlines()
    pages = re.findall(r"docs/\S+\.md", documentation)
    assert pages
    assert all((ROOT / page).is_file() for page in pages), "they are where it says"
    assert first.startswith(f"{FOLDER} ")
    assert f"cd {FOLDER} " in install
    assert "proctor-hub demo --data demo" in demo
    assert [path.name for path in folder.iterdir()] == [FOLDER]


def test_the_folder_may_be_made_elsewhere(run: Run, folder: Path) -> None:
    assert run("new-plugin", "acme", "--into", "work/plugins").status == 0
    assert (folder / "work" / "plugins" / FOLDER / "README.md").is_file()


def test_nothing_is_overwritten(run: Run, folder: Path) -> None:
    (folder / FOLDER).mkdir()
    (folder / FOLDER / "mine.txt").write_text("mine")
    done = run("new-plugin", "acme")
    assert done.status == 2
    assert f"{FOLDER} is there already" in one_sentence(done)
    assert [path.name for path in (folder / FOLDER).iterdir()] == ["mine.txt"]


def test_the_name_of_an_installed_vendor_is_refused(
    run: Run, folder: Path, install: Callable[..., None]
) -> None:
    install(plugin_of("acme", Talkative))
    done = run("new-plugin", "acme")
    assert done.status == 2
    assert "'acme' is installed already" in one_sentence(done)
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    "name",
    ["Acme", "acme_labs", "9acme", "acme-", "acme--labs", "äcme", "a/../b", "", "a" * 31, "ac me"],
)
def test_names_that_are_none_are_refused(run: Run, folder: Path, name: str) -> None:
    done = run("new-plugin", name)
    assert done.status == 2
    assert f"{name!r} is not" in one_sentence(done)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("name", ["rest", "vendor"])
def test_names_of_the_contract_are_refused(run: Run, folder: Path, name: str) -> None:
    done = run("new-plugin", name)
    assert done.status == 2
    assert f"cannot be called {name!r}" in one_sentence(done)
    assert not list(folder.iterdir())


@pytest.mark.parametrize("shown", ['A "quoted" one', "two\nlines", "back\\slash", " ", "x" * 31])
def test_what_cannot_stand_in_the_files_is_no_name_for_people(
    run: Run, folder: Path, shown: str
) -> None:
    done = run("new-plugin", "acme", "--name", shown)
    assert done.status == 2
    assert "for people" in one_sentence(done)
    assert not list(folder.iterdir())


def test_another_protocol_is_refused(run: Run, folder: Path) -> None:
    assert run("new-plugin", "acme", "--protocol", "soap").status == 2
    assert not list(folder.iterdir())
