"""From the templates to a folder on disk."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path

from proctor_hub.errors import ConfigurationError
from proctor_hub.scaffold.names import Names
from proctor_hub.vendors.installed import discover


class Protocol(StrEnum):
    """How the vendor speaks; each has a folder of templates."""

    PLAIN = "plain"
    """In a way of its own."""
    REST = "rest"
    """The REST provider protocol."""


_TEMPLATES = Path(__file__).parent / "templates"
_SUFFIX = ".tmpl"


def write(names: Names, protocol: Protocol, into: Path) -> Path:
    """Write a new plugin into a folder of its own; the folder.

    :param into: where the folder is made.
    :raises ConfigurationError: the folder is there already, or a plugin of this name is installed.
    """
    for one in discover().report({}):
        if one.name == names.name:
            raise ConfigurationError(
                f"A vendor plugin {names.name!r} is installed already, from {one.distribution} "
                f"{one.version}; choose another name."
            )
    folder = into / names.distribution
    # Whole or not at all: nothing is written before all of it is known.
    texts = {folder / path: text for path, text in _filled(names, protocol)}
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise ConfigurationError(
            f"{folder} is there already, and nothing is overwritten; move it away, or choose "
            "another name or --into."
        ) from None
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def _filled(names: Names, protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Path and text of every file."""
    spellings = names.spellings(version("proctor-hub"))

    def spelt(text: str) -> str:
        for said, wanted in spellings.items():
            text = text.replace(said, wanted)
        return text

    for kind in ("common", protocol):
        root = _TEMPLATES / kind
        for path in sorted(root.rglob(f"*{_SUFFIX}")):
            name = path.relative_to(root).as_posix().removesuffix(_SUFFIX)
            yield spelt(name), spelt(path.read_text(encoding="utf-8"))
