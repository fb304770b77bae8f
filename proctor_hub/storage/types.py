"""Column types that behave alike on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

_WIDTH = 27  # 2026-11-22T09:30:00.000000Z


def to_text(moment: datetime) -> str:
    """ISO 8601 UTC with microseconds and ``Z``: fixed width, so text order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[: _WIDTH - 1] + "Z"


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC datetimes: ``timestamptz`` on PostgreSQL, fixed-width ISO text on SQLite.

    A naive datetime is refused: it would mean another moment on another machine.
    """

    impl = sa.String(_WIDTH)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """Choose the native type of the database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(sa.String(_WIDTH))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """To the database; raises ValueError for a naive datetime."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a datetime without a time zone cannot be stored")
        return value if dialect.name == "postgresql" else to_text(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database, always aware UTC."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return datetime.fromisoformat(value)


Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""JSON documents: ``jsonb`` on PostgreSQL, text on SQLite."""

BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""Integer keys, unique for ever: ``bigserial`` on PostgreSQL, the row id on SQLite."""
