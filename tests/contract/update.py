"""Write this version's snapshot of the public door: ``.venv/bin/python -m tests.contract.update``.

Refused where the version may not bring what changed.
"""

from __future__ import annotations

import sys

from tests.contract import facts, snapshots


def main() -> None:
    """Write it, or say why not."""
    file = snapshots.file_of(snapshots.minor())
    refused = snapshots.refusals()
    if refused:
        sys.exit("\n".join(["This version may not bring it:", *map(str, refused)]))
    written = facts.written(facts.door())
    if file.is_file() and file.read_text(encoding="utf-8") == written:
        return
    if snapshots.patch():
        sys.exit("A patch version changes nothing of the door; make it the next minor version.")
    file.write_text(written, encoding="utf-8")
    print(file)  # the one line that says what was done


if __name__ == "__main__":
    main()
