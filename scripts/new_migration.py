"""Write the next migration from the difference between the tables and the migrations.

    .venv/bin/python scripts/new_migration.py "attempts remember their colour"
    .venv/bin/python scripts/new_migration.py --initial     # write the first revisions anew

``--initial`` is for the time before the first release only: it throws the revisions there are away
and writes a few, so that no file grows over the house's length.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.operations.ops import CreateIndexOp, CreateTableOp
from alembic.script import ScriptDirectory

from proctor_hub.storage import migrate
from proctor_hub.storage.tables import metadata

VERSIONS = Path(migrate.__file__).with_name("migrations") / "versions"
ATTEMPTS = {"attempts", "callbacks", "decisions", "external_ids", "history", "reviews"}
EFFECTS = {"outbox", "quarantine_counts"}
PEOPLE = {"people", "pseudonyms", "onboarding_profiles", "retirements", "retirement_receipts"}
"""What the initial revisions are divided by; every other table is in the second one."""


def write(message: str, include: Callable[[str], bool] | None = None) -> Path:
    """Write one revision that brings the migrated schema to the tables chosen by ``include``."""
    batch = include is None
    config = migrate._config()
    known = list(ScriptDirectory.from_config(config).walk_revisions())
    revision = f"{len(known) + 1:04d}"
    config.set_main_option("file_template", "r%%(rev)s_%%(slug)s")

    def chosen(context: Any, found: Any, directives: Any) -> None:
        operations = directives[0]
        for group in (operations.upgrade_ops, operations.downgrade_ops):
            group.ops[:] = [op for op in group.ops if include is None or include(op.table_name)]
        operations.upgrade_ops.ops += [
            CreateIndexOp.from_index(index)
            for op in list(operations.upgrade_ops.ops)
            if isinstance(op, CreateTableOp)
            for index in metadata.tables[op.table_name].indexes
            # Alembic passes over these on SQLite.
            if not all(isinstance(e, sa.Column) for e in index.expressions)
        ]

    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        migrate.upgrade(url)
        with migrate.connection(url) as conn:
            config.attributes["connection"] = conn
            # SQLite changes a table by copying it ("batch"); a new one needs no such thing.
            config.attributes["batch"] = batch
            written = command.revision(
                config,
                message,
                autogenerate=True,
                rev_id=revision,
                process_revision_directives=chosen,
            )
    path = Path(written.path)  # type: ignore[union-attr]
    # Alembic spells defaults as SQLite does; PostgreSQL has no number for yes and no.
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"(Boolean\(\), server_default=)sa\.text\('0'\)", r"\1sa.false()", text)
    text = re.sub(r"(Boolean\(\), server_default=)sa\.text\('1'\)", r"\1sa.true()", text)
    path.write_text(re.sub(r" *# ### .* ###\n", "", text), encoding="utf-8")
    for arguments in (["format"], ["check", "--fix"], ["format"]):
        command_line = [sys.executable, "-m", "ruff", *arguments, "--quiet", str(path)]
        subprocess.run(command_line, check=True)
    return path


def main(arguments: list[str]) -> int:
    """Run the command line in the module's docstring."""
    if arguments == ["--initial"]:
        for old in VERSIONS.glob("r[0-9]*.py"):
            old.unlink()
        print(write("people", lambda name: name in PEOPLE))
        print(write("courses and access", lambda name: name not in PEOPLE | ATTEMPTS | EFFECTS))
        print(write("attempts", lambda name: name in ATTEMPTS))
        print(write("effects", lambda name: name in EFFECTS))
    elif len(arguments) == 1 and re.match(r"\w", arguments[0]):
        print(write(arguments[0]))
    else:
        print(__doc__)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
