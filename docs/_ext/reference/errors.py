"""``errors.md``: the tree of errors, and how each is answered."""

from __future__ import annotations

from proctor_hub import errors
from proctor_hub.domain import errors as domain
from proctor_hub.services import errors as services

from . import problem_types, text

_INTRO = """
Every error raised on purpose is in one tree. Each has a stable `code`: it becomes the `type` of
the problem document (`/problems/<code>`). `retryable` says whether trying the same thing again
later can help. Messages say what was wrong, where, and what to do; they carry no secrets and no
personal data.
"""

_SPECIAL = """
## Codes of single refusals

Where a client has to tell one refusal of a kind from the others, it has a code of its own in the
problem document; the error is one of the classes above. … stands for what the answer fills in.

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
        _SPECIAL
        + text.table(
            ["code", "HTTP status", "says"],
            ([text.code(one.code), one.status, one.says] for one in problem_types.special()),
        ),
    )


def _rows() -> list[list[str]]:
    return [
        [
            text.code(one.__name__),
            text.code(one.code),
            "yes" if one.retryable else "no",
            text.sentence(one.__doc__),
        ]
        for one in problem_types.tree()
    ]
