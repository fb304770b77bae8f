"""Queues of second reviews by the time of waiting.

Revision 0008, after 0007. What waits already is told since when: since it came into second review,
or was escalated, which its history and its decisions know.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_attempts_waiting": ["review_owner", "queued_at", "id"],
    "ix_attempts_course_waiting": ["course_pk", "review_owner", "queued_at", "id"],
}
_BEFORE = {
    "ix_attempts_queue": ["review_owner", "id"],
    "ix_attempts_course_queue": ["course_pk", "id"],
}
_QUEUED = "live AND status = 'second_review_required'"
_SINCE = f"""
    UPDATE attempts SET queued_at = coalesce((
        SELECT max(came.at) FROM (
            SELECT history.at FROM history
            WHERE history.attempt_pk = attempts.id AND to_status = 'second_review_required'
              AND coalesce(from_status, '') <> 'second_review_required'
            UNION ALL
            SELECT decided_at FROM decisions
            WHERE decisions.attempt_pk = attempts.id AND kind = 'escalate'
        ) AS came
    ), queued_at)
    WHERE {_QUEUED}
"""  # noqa: S608 - nothing in it comes from anywhere else


def upgrade() -> None:
    """Bring the schema up to this revision."""
    queued_at: sa.Column[datetime] = sa.Column(
        "queued_at", UtcDateTime(), server_default="2000-01-01T00:00:00.000000Z", nullable=False
    )
    op.add_column("attempts", queued_at)
    op.execute(_SINCE)
    _exchange(_BEFORE, _INDEXES)


def downgrade() -> None:
    """Take this revision back."""
    _exchange(_INDEXES, _BEFORE)
    op.drop_column("attempts", "queued_at")


def _exchange(old: dict[str, list[str]], new: dict[str, list[str]]) -> None:
    rows = sa.text(_QUEUED)
    for name in old:
        op.drop_index(name, table_name="attempts")
    for name, columns in new.items():
        op.create_index(name, "attempts", columns, sqlite_where=rows, postgresql_where=rows)
