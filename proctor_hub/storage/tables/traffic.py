"""What came in from vendors, and what has to go out."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import count, flag, key, metadata, moment, refers, text
from proctor_hub.storage.types import Json

_WAITING = sa.text("delivered_at IS NULL")
_PARKED = sa.text("parked_at IS NOT NULL AND delivered_at IS NULL")
_QUARANTINED = sa.text("quarantined")
_UNLINKED = sa.text("attempt_pk IS NULL")
_VOUCHED = sa.text("vouched_by <> ''")

callbacks = sa.Table(
    "callbacks",
    metadata,
    key(),
    moment("received_at"),
    text("vendor", nullable=True),
    sa.Column("route", sa.Text, nullable=False),
    text("source"),
    sa.Column("request", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    refers("attempt_pk", "attempts.id", nullable=True),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),
    text("detail"),
    flag("quarantined"),
    refers("replay_of", "callbacks.id", nullable=True),
    text("vouched_by"),
    text("vouched_reason"),
    moment("replayed_at", nullable=True),
    text("trace_id"),
    sa.Index("ix_callbacks_unlinked", "id", sqlite_where=_UNLINKED, postgresql_where=_UNLINKED),
    sa.Index(
        "ix_callbacks_quarantined",
        "id",
        sqlite_where=_QUARANTINED,
        postgresql_where=_QUARANTINED,
    ),
    sa.Index(
        "ix_callbacks_quarantine",
        "source",
        "id",
        sqlite_where=_QUARANTINED,
        postgresql_where=_QUARANTINED,
    ),
    sa.Index("ix_callbacks_attempt", "attempt_pk", "id"),
    sa.Index(
        "ix_callbacks_vouched", "vouched_by", sqlite_where=_VOUCHED, postgresql_where=_VOUCHED
    ),
    sa.Index("ix_callbacks_outcome", "outcome", "id"),
    sa.Index("ix_callbacks_vendor", "vendor", "id"),
)

quarantine_counts = sa.Table(
    "quarantine_counts",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    count("kept"),
    sa.Column("kept_bytes", sa.BigInteger, nullable=False, server_default="0"),
    count("dropped"),
    moment("last_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    key(),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("destination", sa.Text, nullable=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    refers("attempt_pk", "attempts.id", nullable=True),
    sa.Column("payload", Json, nullable=False),
    moment("created_at"),
    count("tries"),
    moment("next_try_at"),
    moment("delivered_at", nullable=True),
    text("last_error"),
    moment("parked_at", nullable=True),
    text("trace_id"),
    # In the order the relay takes them; what is parked sorts behind everything that is due.
    sa.Index(
        "ix_outbox_due",
        "destination",
        "next_try_at",
        "id",
        sqlite_where=_WAITING,
        postgresql_where=_WAITING,
    ),
    sa.Index(
        "ix_outbox_parked", "destination", "id", sqlite_where=_PARKED, postgresql_where=_PARKED
    ),
    sa.UniqueConstraint("destination", "stream", "seq"),
)
