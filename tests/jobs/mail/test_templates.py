"""The words: every template in every language and situation; a site's own ones, good and broken."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.mail import catalogues, templates
from proctor_hub.jobs.mail.templates import KINDS, Templates, Values, samples

LANGUAGES = ("en", "de")
FULL = list(samples())[-1]


class _Seen(HTMLParser):
    """Tags, links and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in ("meta", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def msgids() -> set[str]:
    """Everything the templates say, as Babel finds it."""
    found = extract_from_dir(
        templates.OWN,
        method_map=[("**", "jinja2.ext:babel_extract")],
        options_map={
            "**": {
                "trimmed": "true",
                "trim_blocks": "true",
                "lstrip_blocks": "true",
                "silent": "no",
            }
        },
    )
    return {message for _, _, message, _, _ in found}


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def test_every_message_is_translated_and_none_is_left_over() -> None:
    said = msgids()
    assert len(said) > 15
    found = sorted(catalogues.OWN.glob("*.po"))
    assert [path.stem for path in found] == ["de"]
    for path in found:
        own = {m.id: m for m in catalogue(path) if m.id}
        assert set(own) == said
        for message in own.values():
            assert message.string and not message.fuzzy, message.id
            names = re.findall(r"%\(\w+\)s", str(message.id))
            assert sorted(re.findall(r"%\(\w+\)s", str(message.string))) == sorted(names)
            assert message.string != message.id


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_template_in_every_language_and_situation(kind: str, language: str) -> None:
    words = Templates()
    for values in samples():
        said = words.render(kind, values, [language])
        assert said.language == language
        assert "\n" not in said.subject and said.subject
        page = _Seen(said.html)
        assert page.open == [] and f'<html lang="{language}">' in said.html
        given = [values.learner_name, values.contact_email, values.contact_phone]
        for value in (*given, values.contact_url):
            assert value in said.text and value in page.text
        if kind != "test":
            assert values.exam_name in said.subject
            assert values.exam_name in said.text and values.course_name in page.text
        for text in (said.text, page.text):
            assert "%(" not in text and "{" not in text and "None" not in text
        assert page.links == ([values.contact_url] if values.contact_url else [])
        assert "\n\n\n" not in said.text


def test_what_the_results_say() -> None:
    words = Templates()
    failed = words.render("unsatisfactory", FULL, ["en"])
    assert failed.subject.endswith(": Unsatisfactory")
    assert "Your grade for this exam was set to 0." in failed.text
    assert "Your grade for this exam was set to 0." in failed.html
    assert "set to 0" not in words.render("submitted", FULL, ["en"]).text
    assert words.render("satisfactory", FULL, ["en"]).subject.endswith(": Satisfactory")
    german = words.render("unsatisfactory", FULL, ["de-AT"])
    assert german.subject.endswith(": nicht zufriedenstellend")
    assert "auf 0 gesetzt" in german.text and "auf 0 gesetzt" in german.html


def test_html_is_escaped_and_text_is_not() -> None:
    evil = "<script>alert(1)</script> & “co”"
    values = Values(
        learner_name=evil, exam_name=evil, course_name=evil, vendor_name=evil, contact_phone=evil
    )
    words = Templates()
    for language in LANGUAGES:
        for kind in KINDS:
            said = words.render(kind, values, [language])
            page = _Seen(said.html)
            assert "script" not in page.tags and evil in page.text and evil in said.text


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["de"], "de"),
        (["de-CH-1996"], "de"),
        (["DE"], "de"),
        (["fr", "de"], "de"),
        (["", "de"], "de"),
        (["fr", "es"], "en"),
        (["en-GB", "de"], "en"),
        ([], "en"),
    ],
)
def test_which_language(wanted: list[str], language: str) -> None:
    assert Templates().render("submitted", FULL, wanted).language == language


# --- a site's own ---------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "mails"
    (folder / "locale").mkdir(parents=True)
    return folder


def test_a_site_changes_one_text_and_keeps_the_rest(site: Path) -> None:
    (site / "submitted.subject.txt").write_text("Got it:\n{{ exam_name }}")
    (site / "_footer.html").write_text("<p>Example University</p>")
    (site / "submitted.html").write_text(
        '{% extends "default/submitted.html" %}{% block message %}{{ super() }}'
        '{% include "_footer.html" %}{% endblock %}'
    )
    (site / "README.md").write_text("ours")
    words = Templates(site)
    said = words.render("submitted", FULL, ["de"])
    assert said.subject == f"Got it: {FULL.exam_name}"
    assert "<p>Example University</p>" in said.html and "wurde eingereicht" in said.html
    assert "wurde eingereicht" in said.text
    assert words.render("satisfactory", FULL, ["en"]).subject.startswith("Proctoring result")


def test_a_site_changes_the_frame_of_all(site: Path) -> None:
    (site / "_layout.txt").write_text("{% block message %}{% endblock %}\nBye, {{ learner_name }}")
    said = Templates(site).render("submitted", FULL, ["en"])
    assert said.text.endswith(f"Bye, {FULL.learner_name}\n") and "Hello" not in said.text


def test_a_site_adds_a_language_and_corrects_one(site: Path) -> None:
    (site / "locale" / "pt-BR.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "Hello,"\nmsgstr "Olá,"\n',
        encoding="utf-8",
    )
    (site / "locale" / "de.po").write_text('msgid "Hello,"\nmsgstr "Servus,"\n')
    words = Templates(site)
    nobody = Values(exam_name="Final", course_name="Chemistry")
    brazilian = words.render("submitted", nobody, ["pt-BR"])
    assert brazilian.language == "pt-br" and brazilian.text.startswith("Olá,")
    assert "was submitted" in brazilian.text, "what is not translated is English"
    german = words.render("submitted", nobody, ["de"]).text
    assert german.startswith("Servus,") and "wurde eingereicht" in german


BROKEN = [
    ("submitted.txt", "{% if %}", "line 1"),
    ("submitted.txt", "{{ exam_nmae }}", "nothing is called exam_nmae"),
    ("submitted.html", "{% if contact_fax %}{{ fax }}{% endif %}", "contact_fax, fax"),
    ("_layout.html", "{{ exam_name.upper( }}", "line 1"),
    ("_layout.txt", "{% block message %}{% endblock %}{{ exam_name + 1 }}", "can only concatenate"),
    ("submitted.txt", "{{ exam_name.nothing }}", "nothing"),
    ("submitted.txt", '{% include "_gone.txt" %}', "_gone.txt"),
    ("submitted.subject.txt", " \n", "comes out empty"),
    ("submited.txt", "Hello", "sends no such e-mail"),
    ("submitted.fr.txt", "Bonjour", "sends no such e-mail"),
    ("submitted.txt", b"\xff\xfe", "utf-8"),
]


@pytest.mark.parametrize(("name", "content", "told"), BROKEN)
def test_a_broken_template_is_told_at_start_by_its_name(
    site: Path, name: str, content: str | bytes, told: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (site / name).write_bytes(data)
    with pytest.raises(ConfigurationError) as caught:
        Templates(site)
    assert str(site / name) in str(caught.value) and told in str(caught.value)


BROKEN_CATALOGUES = [
    ("de.po", 'msgid "Hello,"\nHallo,\n', "de.po"),
    ("de.po", 'msgid "Hello %(learner_name)s,"\nmsgstr "Hallo %(nmae)s,"\n', "Hello %(learner"),
    ("deutsch please.po", "", "language tag"),
    ("de.po", b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
     b'msgid "Hello,"\nmsgstr "\xff"\n', "de.po"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "told"), BROKEN_CATALOGUES)
def test_a_broken_catalogue_is_told_at_start(
    site: Path, name: str, content: str | bytes, told: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (site / "locale" / name).write_bytes(data)
    with pytest.raises(ConfigurationError) as caught:
        Templates(site)
    assert str(site / "locale" / name) in str(caught.value) and told in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="gone"):
        Templates(tmp_path / "gone")
