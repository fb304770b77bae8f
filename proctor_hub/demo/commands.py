"""Several commands of ``proctor-hub`` in one process: each alone would load the hub anew.

Reads a JSON list of argument lists on standard input, prints a JSON list of what each printed.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys

from proctor_hub.cli import main


def run_each(commands: list[list[str]]) -> list[str]:
    """Run the commands in order; what each printed.

    :raises SystemExit: with the status of the first that failed; it has said why.
    """
    printed = []
    for arguments in commands:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            status = main(arguments)
        if status != 0:
            raise SystemExit(status)
        printed.append(out.getvalue())
    return printed


if __name__ == "__main__":
    json.dump(run_each(json.load(sys.stdin)), sys.stdout)
