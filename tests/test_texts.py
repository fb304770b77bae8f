"""Texts that are written in English and said in the language of whoever reads them."""

from __future__ import annotations

import copy
import pickle
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from proctor_hub.domain.told import sentence_of, told
from proctor_hub.errors import ProctorHubError
from proctor_hub.texts import Texts
from proctor_hub.web.pages import speech

GERMAN = """\
msgid ""
msgstr ""
"Language: de\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Show your room."
msgstr "Zeigen Sie Ihren Raum."

msgid "Keep %(kbps)s kbps."
msgstr "Halten Sie %(kbps)s kbit/s."

msgid "one phone"
msgid_plural "%(num)s phones"
msgstr[0] "ein Telefon"
msgstr[1] "%(num)s Telefone"
"""


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Texts:
    """Those of a plugin with a German catalogue."""
    folder = tmp_path / "plugin_with_texts"
    (folder / "locale").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "locale" / "de.po").write_text(GERMAN, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, folder.name, raising=False)
    return Texts.of(folder.name)


@pytest.mark.parametrize(
    ("wanted", "tag"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("DE", "de"),
        ("fr, de-AT;q=0.7, en;q=0.3", "de"),
        ("en, de", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
        ("de" * 400, "en"),
    ],
)
def test_a_language_stands_in_by_its_wider_one_then_english(
    texts: Texts, wanted: str, tag: str
) -> None:
    assert texts.into(wanted).tag == tag


def test_a_text_is_said_with_its_values_and_number(texts: Texts) -> None:
    german, english = texts.into("de"), texts.into("en")
    assert german.say("Show your room.") == "Zeigen Sie Ihren Raum."
    assert german.say("Keep %(kbps)s kbps.", kbps=500) == "Halten Sie 500 kbit/s."
    assert german.say("Never translated") == "Never translated"
    assert german.say("") == ""
    assert [german.count("one phone", "%(num)s phones", n) for n in (1, 2)] == [
        "ein Telefon",
        "2 Telefone",
    ]
    assert english.count("one phone", "%(num)s phones", 2) == "2 phones"


def test_what_a_plugin_told_is_said_from_its_own_catalogue(texts: Texts) -> None:
    plain = texts.told("Keep %(kbps)s kbps.", kbps=500)
    assert plain == "Keep 500 kbps."
    page = speech.choose(["de"])
    assert page.say(plain) == "Halten Sie 500 kbit/s."
    inside = told("Because: %(reason)s", reason=texts.told("Show your room."))
    assert inside == "Because: Show your room."
    assert page.say(inside) == "Because: Zeigen Sie Ihren Raum."


def test_values_are_data_and_never_said(texts: Texts) -> None:
    german = texts.into("de")
    assert german.say("Keep %(kbps)s kbps.", kbps="Show your room.").endswith(
        "Show your room. kbit/s."
    )
    assert german.say(texts.told("100% %(x)s"[:4])) == "100%"


def test_a_copy_is_its_english(texts: Texts) -> None:
    made = texts.told("Keep %(kbps)s kbps.", kbps=500)
    for twin in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert type(twin) is str
        assert twin == "Keep 500 kbps."


def test_an_error_keeps_its_sentence_sayable(texts: Texts) -> None:
    error = ProctorHubError(texts.told("Show your room."))
    assert str(error) == "Show your room."
    assert type(str(error)) is str
    assert speech.choose(["de"]).say(sentence_of(error)) == "Zeigen Sie Ihren Raum."
    assert sentence_of(ProctorHubError()) == ""
    assert sentence_of(ProctorHubError(7)) == "7"


def test_a_broken_catalogue_is_not_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "plugin_with_broken_texts"
    (folder / "locale").mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "locale" / "de.po").write_text("this is none", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(PoFileError):
        Texts.of(folder.name)
