"""Alembic runs this on every command; the connection comes from ``storage/migrate.py``."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from proctor_hub.storage.job_schema import ours
from proctor_hub.storage.tables import metadata
from proctor_hub.storage.types import UtcDateTime


def _render(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    if kind == "type" and isinstance(item, UtcDateTime):
        return "UtcDateTime()"
    if kind == "type" and isinstance(item, sa.JSON):
        return "Json"
    if kind == "type" and isinstance(item, sa.BigInteger) and item._variant_mapping:
        return "BigId"
    return False


def _run() -> None:
    attributes = context.config.attributes
    context.configure(
        connection=attributes["connection"],
        target_metadata=metadata,
        render_as_batch=attributes.get("batch", True),
        render_item=_render,
        include_name=ours,
        # SQLite can take table changes back too, once the driver does not commit behind our back.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
