"""Catalogues of a package's texts: written from the code, and checked, for host and plugins alike.

``python -m proctor_hub.testing.catalogues my_package`` brings every ``locale/<tag>.po`` of a
package up to date; :func:`problems` is for a test.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.pofile import read_po, write_po

from proctor_hub.texts import FOLDER

__all__ = ["problems", "update"]

KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "say", "noted", "told", "NotFound")),
    "ngettext": (1, 2),
    "count": (1, 2),
}
"""The functions whose arguments are texts: those of templates, and those of the host's modules."""

_METHODS = [("**.py", "python"), ("**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "no"}}
_HEADER = """\
msgid ""
msgstr ""
"Language: {tag}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plurals};\\n"

"""
_PLACEHOLDER = re.compile(r"%\((\w+)\)[^\W\d]|%%")


def extracted(package: str, sources: Sequence[str] = ()) -> Catalog:
    """Every text in the Python files and Jinja templates of these packages and modules."""
    places = [_place(name) for name in (package, *sources)]
    made = Catalog(charset="utf-8", fuzzy=False)
    for place in places:
        for text in _texts_in(place):
            # Jinja finds an empty text where a keyword is called with a variable.
            if text != "":
                made.add(text)
    return made


def _texts_in(place: Path) -> Iterator[str | tuple[str, ...]]:
    if place.is_file():
        for _line, text, _comments, _context in extract_from_file(
            "python", place, keywords=KEYWORDS
        ):
            yield text
        return
    for _file, _line, text, _comments, _context in extract_from_dir(
        place, method_map=_METHODS, options_map=_OPTIONS, keywords=KEYWORDS
    ):
        yield text


def update(package: str, sources: Sequence[str] = ()) -> list[Path]:
    """Write what the code says into each catalogue of a package; what it says no more goes.

    New texts stand there without a translation.

    :param sources: packages and modules whose texts the catalogue has besides the package's own.
    """
    template = extracted(package, sources)
    written = []
    for path in _catalogues(package):
        catalog = _read(path)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        with path.open("wb") as file:
            file.write(_HEADER.format(tag=path.stem, plurals=catalog.plural_forms).encode())
            write_po(file, catalog, width=100, sort_output=True, no_location=True, omit_header=True)
        written.append(path)
    return written


def problems(package: str, sources: Sequence[str] = ()) -> list[str]:
    """What is wrong with the catalogues of a package; nothing where each is complete.

    A text is missing, fuzzy or not said any more, or its translation has other placeholders.
    """
    wanted = {_key(one): one for one in extracted(package, sources) if one.id}
    found = []
    for path in _catalogues(package):
        catalog = _read(path)
        had = {_key(one): one for one in catalog if one.id}
        found += [f"{path.name}: missing: {key}" for key in sorted(wanted.keys() - had.keys())]
        found += [f"{path.name}: not said any more: {key}" for key in sorted(had.keys() - wanted)]
        found += [f"{path.name}: not said any more: {one}" for one in catalog.obsolete]
        for one in had.values():
            found += [f"{path.name}: {problem}: {_key(one)}" for problem in _wrong(one)]
    return found


def _wrong(message: Message) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
    texts = message.id if isinstance(message.id, tuple | list) else (message.id,)
    # A form for one may leave its number out.
    most = set().union(*(_placeholders(text) for text in texts))
    least = set.intersection(*(_placeholders(text) for text in texts))
    for form in forms:
        if not form:
            yield "not translated"
        elif not least <= _placeholders(form) <= most:
            yield "other placeholders"


def _placeholders(text: str) -> set[str]:
    return {one.group(0) for one in _PLACEHOLDER.finditer(text)}


def _key(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem.replace("-", "_"), abort_invalid=True)


def _catalogues(package: str) -> list[Path]:
    return sorted((_place(package) / FOLDER).glob("*.po"))


def _place(name: str) -> Path:
    """The folder of a package, the file of a module."""
    found = find_spec(name)
    if found is None or found.origin is None:
        raise ModuleNotFoundError(f"{name} is no package and no module with a file")
    path = Path(found.origin)
    return path.parent if found.submodule_search_locations else path


def main() -> None:
    """The command: ``PACKAGE [SOURCE …]``."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("package")
    parser.add_argument("sources", nargs="*")
    given = parser.parse_args()
    for path in update(given.package, given.sources):
        print(path)


if __name__ == "__main__":
    main()
