"""The audit log in the order of time, callbacks of a vendor, open retirements.

Revision 0009, after 0008. Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up to this revision."""
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_actor"))
        batch_op.drop_index(batch_op.f("ix_audit_course"))
        batch_op.drop_index(batch_op.f("ix_audit_subject"))
        batch_op.create_index("ix_audit_action_at", ["action", "at", "id"], unique=False)
        batch_op.create_index("ix_audit_actor_at", ["actor", "at", "id"], unique=False)
        batch_op.create_index("ix_audit_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_audit_course_at", ["course_pk", "at", "id"], unique=False)
        batch_op.create_index("ix_audit_subject_at", ["subject", "at", "id"], unique=False)

    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.create_index("ix_callbacks_vendor", ["vendor", "id"], unique=False)

    with op.batch_alter_table("retirement_receipts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_retirement_receipts_open",
            ["retirement_pk"],
            unique=False,
            sqlite_where=sa.text("NOT confirmed"),
            postgresql_where=sa.text("NOT confirmed"),
        )


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("retirement_receipts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_retirement_receipts_open",
            sqlite_where=sa.text("NOT confirmed"),
            postgresql_where=sa.text("NOT confirmed"),
        )

    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_index("ix_callbacks_vendor")

    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject_at")
        batch_op.drop_index("ix_audit_course_at")
        batch_op.drop_index("ix_audit_at")
        batch_op.drop_index("ix_audit_actor_at")
        batch_op.drop_index("ix_audit_action_at")
        batch_op.create_index(batch_op.f("ix_audit_subject"), ["subject"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_course"), ["course_pk", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_actor"), ["actor"], unique=False)
