"""``errors.md``: the tree of errors, and how each is answered."""

from __future__ import annotations

from proctor_hub import errors
from proctor_hub.domain import errors as domain
from proctor_hub.services import errors as services

from . import text

_INTRO = """
Every error raised on purpose is in one tree. Each has a stable `code`: it becomes the `type` of
the problem document (`/problems/<code>`). `retryable` says whether trying the same thing again
later can help. Messages say what was wrong, where, and what to do; they carry no secrets and no
personal data.
"""


def build() -> str:
    """The page."""
    return text.page(
        "Errors",
        _INTRO,
        "## The tree\n\n" + text.literal_block(errors.__doc__),
        "### What the domain refuses\n\n" + text.literal_block(domain.__doc__),
        "### What a service answers\n\n" + text.literal_block(services.__doc__),
        "## Codes\n\n" + text.table(["error", "code", "retryable", "meaning"], _rows()),
    )


def family(root: type[errors.ProctorHubError]) -> list[type[errors.ProctorHubError]]:
    """An error and all below it, depth first, of the host only."""
    below = [one for sub in root.__subclasses__() for one in family(sub)]
    return [root, *(one for one in below if one.__module__ in _MODULES)]


_MODULES = (errors.__name__, domain.__name__, services.__name__)


def _rows() -> list[list[str]]:
    return [
        [
            text.code(one.__name__),
            text.code(one.code),
            "yes" if one.retryable else "no",
            text.sentence(one.__doc__),
        ]
        for one in family(errors.ProctorHubError)
    ]
