"""The command line: ``proctor-hub``. One module per group of commands."""

from __future__ import annotations

from collections.abc import Sequence

from proctor_hub.cli.errors import guarded

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> int:
    """Run a command; ``args`` by default those of the process.

    :return: the exit status: 0; 1 for what could not be done; 2 for a wrong configuration or use.
    """
    return guarded(args)
