"""Lists of attempts for staff, claims on second reviews.

Revision 0007, after 0006. Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import BigId, UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Table, index, columns, which rows.
_INDEXES: tuple[tuple[str, str, tuple[str, ...], str | None], ...] = (
    ("review_claims", "ix_review_claims_person", ("person_pk",), None),
    (
        "attempts",
        "ix_attempts_timed",
        ("course_pk", "exam_name", "username", "number", "id"),
        "exam_type = 'timed'",
    ),
    (
        "attempts",
        "ix_attempts_status",
        ("course_pk", "status", "live", "review_status", "id", "exam_pk"),
        None,
    ),
    ("attempts", "ix_attempts_exam", ("exam_pk", "id"), None),
    ("attempts", "ix_attempts_username", ("course_pk", "lower(username)", "id"), None),
    ("attempts", "ix_attempts_flagged", ("course_pk", "id"), "flagged"),
    ("decisions", "ix_decisions_escalations", ("id",), "kind = 'escalate'"),
)


def upgrade() -> None:
    """Bring the schema up to this revision."""
    op.create_table(
        "review_claims",
        sa.Column("attempt_pk", BigId, nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("claimed_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_pk"], ["attempts.id"], name=op.f("fk_review_claims_attempt_pk")
        ),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["people.id"], name=op.f("fk_review_claims_person_pk")
        ),
        sa.PrimaryKeyConstraint("attempt_pk", name=op.f("pk_review_claims")),
    )
    for table, name, columns, where in _INDEXES:
        rows = None if where is None else sa.text(where)
        op.create_index(
            name,
            table,
            [sa.text(column) if "(" in column else column for column in columns],
            sqlite_where=rows,
            postgresql_where=rows,
        )


def downgrade() -> None:
    """Take this revision back."""
    for table, name, _, _ in _INDEXES:
        op.drop_index(name, table_name=table)
    op.drop_table("review_claims")
