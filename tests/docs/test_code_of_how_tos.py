"""The Python of the how-to guides, taken from the pages and run."""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import responses

import proctor_hub
from proctor_hub import CallbackEvent, ReviewReceived, ReviewStatus
from proctor_hub.domain.words import ExamType
from proctor_hub.scaffold import Names, Protocol, write
from proctor_hub.testing.catalogues import update
from proctor_hub.testing.conformance import VendorConformance
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.testing.kit.case import case_of
from proctor_hub.testing.kit.subjects import a_subject
from proctor_hub.vendors.receiving import AttemptRef
from tests.docs.pages import DOCS, ROOT, blocks
from tests.support import make_registry, plugin_of

GERMAN = {
    "Install the tool.": "Installieren Sie das Programm.",
    "Keep %(kbps)s kbps.": "Es braucht %(kbps)s kbps.",
    "Suspicious reviews go to the course team.": "Verdächtiges geht an das Kursteam.",
}


def code_of(page: str) -> list[str]:
    """The blocks of Python of a how-to."""
    return blocks(DOCS / "how-to" / f"{page}.md", "python")


def run(code: str, **given: Any) -> dict[str, Any]:
    """The names that the code defines."""
    space = {"__name__": "of_a_how_to", **given}
    exec(compile(code, "how-to", "exec"), space)
    return space


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the package ``proctor_hub_acme`` is found."""
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path / "proctor_hub_acme"
    for name in [one for one in sys.modules if one.partition(".")[0] == "proctor_hub_acme"]:
        del sys.modules[name]


def test_no_how_to_with_python_is_left_out() -> None:
    pages = {page.stem for page in (DOCS / "how-to").glob("*.md") if code_of(page.stem)}
    assert pages == {"languages", "poll-a-vendor", "record-and-replay", "test-a-plugin"}


def test_a_plugins_own_languages(package: Path) -> None:
    plugin, complete = code_of("languages")
    (package / "locale").mkdir(parents=True)
    (package / "__init__.py").write_text(plugin, encoding="utf-8")
    german = package / "locale" / "de.po"
    german.write_text("", encoding="utf-8")
    update("proctor_hub_acme")
    text = german.read_text(encoding="utf-8")
    for said, translated in GERMAN.items():
        text = text.replace(f'msgid "{said}"\nmsgstr ""', f'msgid "{said}"\nmsgstr "{translated}"')
    german.write_text(text, encoding="utf-8")
    acme = importlib.import_module("proctor_hub_acme").AcmePlugin()
    assert acme.launch_session("de").instructions == (
        GERMAN["Install the tool."],
        "Es braucht 500 kbps.",
    )
    assert acme.describe_vendor().second_review in GERMAN
    run(complete)["test_every_text_is_translated"]()


class Asked(FakeVendor):
    """Gets the how-to's hooks."""

    def event_of(self, session: dict[str, str]) -> CallbackEvent:
        """As the vendor tells of a session."""
        ref = AttemptRef(external_id=session["id"])
        return ReviewReceived(attempt=ref, status=ReviewStatus(session["verdict"]))


@responses.activate
def test_a_vendor_that_is_polled(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {name: getattr(proctor_hub, name) for name in proctor_hub.__all__}
    (code,) = code_of("poll-a-vendor")
    found = run(code, timedelta=timedelta, **names)
    for hook in ("describe_vendor", "poll_reviews"):
        monkeypatch.setattr(Asked, hook, found[hook])
    responses.post(
        "https://acme.example/sessions/search", json=[{"id": "S-1", "verdict": "passed"}]
    )
    registry = make_registry({"acme": {"plugin": "asked"}}, None, [plugin_of("asked", Asked)])
    acme = registry.get("acme")
    assert acme.description.poll_every == timedelta(minutes=2)
    attempt = replace(a_subject(ExamType.PROCTORED).attempt, external_id="S-1")
    (news,) = acme.poll_reviews(attempts=(attempt,))
    assert isinstance(news, ReviewReceived) and news.status is ReviewStatus.PASSED
    assert json.loads(responses.calls[0].request.body or b"") == ["S-1"]


def test_recordings_are_replayed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "plugins" / "proctortrack" / "tests")
    (code,) = code_of("record-and-replay")
    test = run(code)["test_the_plugin_plays_it"]
    (mark,) = test.pytestmark
    paths = mark.args[1]
    assert paths
    for path in paths:
        test(path)


def test_the_class_of_a_plugins_kit(package: Path, tmp_path: Path) -> None:
    whole, played = code_of("test-a-plugin")
    folder = write(Names("acme"), Protocol.PLAIN, tmp_path / "new")
    (folder / "proctor_hub_acme").rename(package)
    case = case_of(run(whole)["TestAcme"]())
    assert case.given.plugin.__module__ == "proctor_hub_acme.plugin"
    assert {"ready", "review"} <= case.given.sandbox.commands.keys()
    methods = run(played)
    for name in ("make_ready", "send_review"):
        of_the_kit = inspect.signature(getattr(VendorConformance, name))
        assert inspect.signature(methods[name]).parameters.keys() == of_the_kit.parameters.keys()
