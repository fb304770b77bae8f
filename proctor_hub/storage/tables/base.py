"""The metadata and the small column makers that all tables share."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from proctor_hub.storage.types import BigId, UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def key() -> sa.Column[int]:
    """The integer primary key, never used twice."""
    return sa.Column("id", BigId, primary_key=True, autoincrement=True)


def refers(name: str, target: str, *, nullable: bool = False, **kw: Any) -> sa.Column[int]:
    """A foreign key column to ``target`` (``table.column``)."""
    return sa.Column(name, BigId, sa.ForeignKey(target), nullable=nullable, **kw)


def moment(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    """A point in time, aware UTC."""
    return sa.Column(name, UtcDateTime, nullable=nullable)


def text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    """Text; empty unless given."""
    if nullable:
        return sa.Column(name, sa.Text, nullable=True)
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def sortable(name: str) -> sa.Column[str]:
    """Text in code-point order on both databases, whatever the locale of the PostgreSQL server."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, nullable=False, server_default="")


def flag(name: str, default: bool = False) -> sa.Column[bool]:
    """A yes or no."""
    return sa.Column(
        name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false()
    )


def count(name: str) -> sa.Column[int]:
    """A number that starts at zero."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")
