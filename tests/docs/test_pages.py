"""Links lead somewhere, commands exist, configurations load, and Sphinx has nothing to say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from urllib.parse import unquote

import pytest
from reference import cli
from reference.features import SAMPLES

from proctor_hub.settings import CONFIG_VARIABLE, HubSettings
from proctor_hub.vendors.results import HOOKS
from tests.docs.pages import DOCS, ROOT, all_pages, anchors, blocks, links
from tests.support import make_registry

PROJECTS = [pytest.param(ROOT, id="hub")] + [
    pytest.param(path.parent, id=path.parent.name)
    for path in sorted(ROOT.glob("plugins/*/pyproject.toml"))
]
PAGES = [pytest.param(page, id=str(page.relative_to(ROOT))) for page in all_pages()]


@pytest.mark.parametrize("page", PAGES)
def test_links_within_the_repository_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / unquote(path)).resolve() if path else page
        if found.suffix == "" and not found.exists():
            found = found.with_suffix(".md")
        assert found.exists(), f"{page.name} links to {target}"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES)
def test_commands_exist_with_the_options_shown(page: Path) -> None:
    known = cli.commands()
    text = page.read_text(encoding="utf-8")
    shown = re.findall(r"^\$ (.*)$|`(proctor-hub [^`\n]*)`|^    (proctor-hub .*)$", text, re.M)
    for line in (part for found in shown for part in found if part):
        for call in re.findall(r"proctor-hub ([a-z][^)|>;&]*)", line):
            words = call.split()
            name = next((n for n in (" ".join(words[:2]), words[0]) if n in known), None)
            if words[0] == "proctor-hub" or name is None:
                assert words[0] in {one.split()[0] for one in known}, f"{page.name}: {line}"
                continue
            options = {o for p in known[name].params for o in (*p.opts, *p.secondary_opts)}
            used = {word.split("=")[0] for word in words if word.startswith("-")}
            assert used <= options, f"{page.name}: {line}"


def test_targets_of_make_that_pages_name_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in all_pages():
        named = re.findall(r"(?:`|^ +)make ([a-z]+)", page.read_text(encoding="utf-8"), re.M)
        assert set(named) <= targets, page.name


@pytest.mark.parametrize("page", PAGES)
def test_configurations_can_be_loaded(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, block in enumerate(blocks(page, "toml")):
        if "[vendors." not in block and "database_url" not in block:
            tomllib.loads(block)
            continue
        file = tmp_path / f"{number}.toml"
        file.write_text(block, encoding="utf-8")
        monkeypatch.setenv(CONFIG_VARIABLE, str(file))
        assert HubSettings.load().vendors


def test_the_tutorials_configuration_is_the_sandboxs() -> None:
    (configuration,) = blocks(DOCS / "tutorials" / "first-course.md", "toml")
    account = tomllib.loads(configuration)["vendors"]["rpnow"]
    assert set(account) == set(SAMPLES["rpnow"])


def test_sphinx_builds_without_a_warning(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "dummy"]
    done = subprocess.run(
        [*command, "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "out")],
        env={**os.environ, "PROCTOR_HUB_DOCS_AS_THEY_ARE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr


def test_the_readme_shows_a_plugin_that_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readme = ROOT / "README.md"
    (code,), (entry,) = blocks(readme, "python"), blocks(readme, "toml")
    (tmp_path / "proctor_hub_vigil.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    points = tomllib.loads(entry)["project"]["entry-points"]["proctor_hub.vendors"]
    installed = [EntryPoint(name, value, "proctor_hub.vendors") for name, value in points.items()]
    try:
        found = make_registry(
            {"vigil": {"plugin": "vigil", **SAMPLES["proctortrack"]}}, None, installed
        )
    finally:
        sys.modules.pop("proctor_hub_vigil", None)
    assert found.get("vigil").description.name == "Vigil"


@pytest.mark.parametrize("project", PROJECTS)
def test_the_wheels_lead_to_documentation_changelog_and_source(project: Path) -> None:
    told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(told["urls"]) == {"Documentation", "Changelog", "Source"}
    for where in told["urls"].values():
        assert (ROOT / where).exists(), f"{where} is nowhere in the repository"


def test_the_readme_counts_the_hooks() -> None:
    assert f"{len(HOOKS)} hooks in four families" in (ROOT / "README.md").read_text()


def test_the_glossary_has_the_fields_words() -> None:
    page = (DOCS / "explanation" / "glossary.md").read_text(encoding="utf-8")
    entries = {line for line in page.splitlines() if line and line[0].islower()}
    assert set(WORDS.split(", ")) <= entries


WORDS = (
    "course, vendor, exam, learner, attempt, attempt code, external id, rules, allowance, session, "
    "review, incident, revision, second review, decision, escalation, course team, support, "
    "operator, onboarding profile, callback, report, retirement"
)
"""Domain §1."""
