"""What e-mails say: templates of the hub or the site, in the learner's language.

All of them are rendered when the hub starts, so that a broken one is told then and not to learners.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateSyntaxError,
    select_autoescape,
)
from jinja2.meta import find_undeclared_variables

from proctor_hub.domain.effects import MailKind
from proctor_hub.domain.language import fallbacks
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.mail.catalogues import load_catalogues
from proctor_hub.services.addresses import one_line
from proctor_hub.texts import ENGLISH

OWN = Path(__file__).with_name("templates")
"""The templates that come with the hub."""

TEST = "test"
KINDS = (*(kind.value for kind in MailKind), TEST)
"""The e-mails there are: those to learners, and the operator's test."""

SUBJECT, TEXT, HTML = "subject.txt", "txt", "html"
PARTS = (SUBJECT, TEXT, HTML)
_GAP = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a template may use; every value is one line of text, empty where there is none.

    :param contact_url: an http or https address.
    """

    learner_name: str = ""
    exam_name: str = ""
    course_name: str = ""
    vendor_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    contact_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """An e-mail's words. ``language``: the tag of the catalogue they are from."""

    language: str
    subject: str
    text: str
    html: str


class Templates:
    """The templates in every language; safe to use from several threads.

    :param site: a folder with the site's own: files named as the hub's win over those; more whose
        names begin with ``_`` may be used by them; ``locale/<tag>.po`` adds languages. The hub's
        own can be named as ``default/<file>``.
    :raises ConfigurationError: the folder, or a file in it, cannot be used; names it.
    """

    def __init__(self, site: Path | None = None) -> None:
        self._site = site
        if site is not None:
            _ensure_known(site)
        catalogues = load_catalogues(None if site is None else site / "locale")
        self._environments = {
            tag: self._environment(catalogue) for tag, catalogue in catalogues.items()
        }
        for name in self._used():
            self._ensure_sound(name)
        for language in self._environments:
            for kind in KINDS:
                self._try(language, kind)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are, as tags in lower case."""
        return tuple(self._environments)

    def render(self, kind: str, values: Values, languages: Iterable[str]) -> Text:
        """The e-mail in the first of these languages there is, or a wider one; else English.

        :param kind: one of :data:`KINDS`. :param languages: BCP 47 tags; empty ones are passed by.
        """
        language = self._chosen(languages)
        return Text(
            language=language,
            subject=one_line(self._part(language, kind, SUBJECT, values)),
            text=_GAP.sub("\n\n", self._part(language, kind, TEXT, values).strip()) + "\n",
            html=self._part(language, kind, HTML, values).strip() + "\n",
        )

    def _chosen(self, languages: Iterable[str]) -> str:
        for wanted in languages:
            for tag in fallbacks(wanted):
                if tag in self._environments:
                    return tag
        return ENGLISH

    def _part(self, language: str, kind: str, part: str, values: Values) -> str:
        template = self._environments[language].get_template(f"{kind}.{part}")
        return template.render(asdict(values), language=language)

    def _environment(self, catalogue: object) -> Environment:
        own = FileSystemLoader(OWN)
        loaders = [own, PrefixLoader({"default": own})]
        if self._site is not None:
            loaders.insert(0, FileSystemLoader(self._site))
        environment = Environment(
            loader=ChoiceLoader(loaders),
            autoescape=select_autoescape(["html"]),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            extensions=["jinja2.ext.i18n"],
        )
        environment.policies["ext.i18n.trimmed"] = True
        environment.install_gettext_translations(catalogue, newstyle=True)  # type: ignore[attr-defined]
        return environment

    def _used(self) -> list[str]:
        """The site's own templates: the hub's are tested, and here rendered."""
        return [] if self._site is None else sorted(path.name for path in _files(self._site))

    def _ensure_sound(self, name: str) -> None:
        """Refuse bad syntax and names nobody fills in, in branches that no sample takes, too."""
        environment = self._environments[ENGLISH]
        path = f"{self._site}/{name}"
        try:
            source = environment.loader.get_source(environment, name)[0]  # type: ignore[union-attr]
            tree = environment.parse(source, name)
        except TemplateSyntaxError as error:
            raise _broken(path, f"line {error.lineno}: {error.message}") from None
        except (OSError, UnicodeDecodeError) as error:
            raise _broken(path, str(error)) from None
        known = {*Values.__dataclass_fields__, "language", *environment.globals}
        if unknown := sorted(find_undeclared_variables(tree) - known):
            raise _broken(path, f"nothing is called {', '.join(unknown)}")

    def _try(self, language: str, kind: str) -> None:
        for values in samples():
            for part in PARTS:
                try:
                    said = self._part(language, kind, part, values)
                except Exception as error:  # whatever a template does wrong is a wrong template
                    raise _broken(self._culprit(error, kind, part), _reason(error)) from None
                if not said.strip():
                    raise _broken(self._path(f"{kind}.{part}"), "it comes out empty")

    def _culprit(self, error: Exception, kind: str, part: str) -> str:
        """The file in which it went wrong: the innermost template that was at work."""
        if isinstance(error, TemplateSyntaxError) and error.filename:
            return error.filename
        frames = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
        folders = [str(folder) for folder in (OWN, self._site) if folder is not None]
        inside = [name for name in frames if str(Path(name).parent) in folders]
        return inside[-1] if inside else self._path(f"{kind}.{part}")

    def _path(self, name: str) -> str:
        if self._site is not None and (self._site / name).is_file():
            return str(self._site / name)
        return str(OWN / name)


def samples() -> Iterator[Values]:
    """Values for every situation an e-mail can be in: each kind of contact there or not."""
    for present in range(16):
        yield Values(
            learner_name="Ada <Lovelace> & Co. 100%" if present & 1 else "",
            exam_name="Final <b>exam</b> %s",
            course_name="Chemistry & more",
            vendor_name="A vendor" if present & 1 else "",
            contact_email="help@site.example" if present & 2 else "",
            contact_phone="+44 20 7946 0000" if present & 4 else "",
            contact_url="https://site.example/help?a=1&b=2" if present & 8 else "",
        )


def one_line_values(values: Mapping[str, str]) -> Values:
    """The values as a template may have them: none of them is more than a line."""
    return Values(**{name: one_line(value) for name, value in values.items()})


def _files(site: Path) -> list[Path]:
    return [path for path in site.iterdir() if path.suffix in (".txt", ".html") and path.is_file()]


def _ensure_known(site: Path) -> None:
    known = {f"{kind}.{part}" for kind in KINDS for part in PARTS}
    try:
        names = sorted(path.name for path in _files(site))
    except OSError as error:
        raise ConfigurationError(
            f"[mail] templates: {site} cannot be read: {error.strerror}; name a folder."
        ) from None
    for name in names:
        if name not in known and not name.startswith("_"):
            raise _broken(
                f"{site}/{name}",
                "the hub sends no such e-mail; rename it, or begin its name with _ if other "
                f"templates use it. Known: {', '.join(sorted(known))}",
            )


def _broken(path: str, reason: str) -> ConfigurationError:
    return ConfigurationError(f"[mail] templates: {path} cannot be used: {reason}.")


def _reason(error: Exception) -> str:
    return str(getattr(error, "message", None) or error) or type(error).__name__
