"""The kit's look at catalogues: what it finds wrong, and how it brings them up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from proctor_hub.testing.catalogues import problems, update

CODE = """\
from proctor_hub import Texts

TEXTS = Texts.of(__name__)
REASON = TEXTS.told("No phones, %(name)s.", name="Ann")


def steps(language):
    say = TEXTS.into(language).say
    return say("Show your room."), TEXTS.into(language).count("one", "%(num)s of them", 2)
"""
COMPLETE = """\
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "No phones, %(name)s."
msgstr "Keine Telefone, %(name)s."

msgid "Show your room."
msgstr "Zeigen Sie Ihren Raum."

msgid "one"
msgid_plural "%(num)s of them"
msgstr[0] "einer"
msgstr[1] "%(num)s davon"
"""


@pytest.fixture
def catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Path:
    """The German one, complete, of a package with four texts."""
    folder = tmp_path / f"package_{request.node.name.partition('[')[0]}"
    (folder / "locale").mkdir(parents=True)
    (folder / "__init__.py").write_text(CODE)
    path = folder / "locale" / "de.po"
    path.write_text(COMPLETE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return path


def _package(catalogue: Path) -> str:
    return catalogue.parent.parent.name


def test_a_complete_one_has_no_problem_and_is_left_as_it_says(catalogue: Path) -> None:
    assert problems(_package(catalogue)) == []
    assert update(_package(catalogue)) == [catalogue]
    first = catalogue.read_text(encoding="utf-8")
    assert problems(_package(catalogue)) == []
    update(_package(catalogue))
    assert catalogue.read_text(encoding="utf-8") == first


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ('msgid "Show your room."', 'msgid "Show it."', "missing: Show your room."),
        ('msgid "Show your room."', 'msgid "Show it."', "not said any more: Show it."),
        ('msgid "Show your', '#, fuzzy\nmsgid "Show your', "fuzzy: Show your room."),
        ("Zeigen Sie Ihren Raum.", "", "not translated: Show your room."),
        ("Keine Telefone, %(name)s.", "Keine Telefone.", "other placeholders: No phones,"),
        ("Keine Telefone, %(name)s.", "%(nam)s %(name)s", "other placeholders: No phones,"),
        ("%(num)s davon", "%(nun)s davon", "other placeholders: one"),
        ('"einer"', '""', "not translated: one"),
        ('msgid "Show your', '#~ msgid "Old"\n#~ msgstr "Alt"\n\nmsgid "Show your', "Old"),
    ],
)
def test_what_is_wrong_is_named(catalogue: Path, before: str, after: str, problem: str) -> None:
    catalogue.write_text(COMPLETE.replace(before, after), encoding="utf-8")
    found = problems(_package(catalogue))
    assert any(one.startswith("de.po: ") and problem in one for one in found), found


def test_an_update_adds_what_is_new_and_drops_what_is_said_no_more(catalogue: Path) -> None:
    catalogue.write_text(COMPLETE.replace("Show your room.", "Show it."), encoding="utf-8")
    update(_package(catalogue))
    text = catalogue.read_text(encoding="utf-8")
    assert "Show it." not in text and "Keine Telefone" in text
    assert problems(_package(catalogue)) == ["de.po: not translated: Show your room."]


def test_a_new_language_begins_as_an_empty_file(catalogue: Path) -> None:
    french = catalogue.with_name("fr.po")
    french.touch()
    update(_package(catalogue))
    text = french.read_text(encoding="utf-8")
    assert "Plural-Forms: nplurals=2; plural=(n > 1);" in text and "Show your room." in text
    assert len([one for one in problems(_package(catalogue)) if "not translated" in one]) == 4


def test_a_package_that_is_none_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModuleNotFoundError):
        problems("no_such_package_at_all")
