"""launch links and sign-ins.

Revision 0006, after 0005. Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import BigId, UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up to this revision."""
    op.create_table(
        "launch_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("roles", sa.Text(), server_default="", nullable=False),
        sa.Column("course_pk", BigId, nullable=True),
        sa.Column("client_pk", BigId, nullable=True),
        sa.Column("target", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["client_pk"], ["clients.id"], name=op.f("fk_launch_links_client_pk")
        ),
        sa.ForeignKeyConstraint(
            ["course_pk"], ["courses.id"], name=op.f("fk_launch_links_course_pk")
        ),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["people.id"], name=op.f("fk_launch_links_person_pk")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_launch_links")),
    )
    with op.batch_alter_table("launch_links", schema=None) as batch_op:
        batch_op.create_index("ix_launch_links_expires", ["expires_at"], unique=False)
        batch_op.create_index("ix_launch_links_person", ["person_pk"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("roles", sa.Text(), server_default="", nullable=False),
        sa.Column("course_pk", BigId, nullable=True),
        sa.Column("client_pk", BigId, nullable=True),
        sa.Column("proven_attempt_pk", BigId, nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_pk"], ["clients.id"], name=op.f("fk_sign_ins_client_pk")),
        sa.ForeignKeyConstraint(["course_pk"], ["courses.id"], name=op.f("fk_sign_ins_course_pk")),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_sign_ins_person_pk")),
        sa.ForeignKeyConstraint(
            ["proven_attempt_pk"], ["attempts.id"], name=op.f("fk_sign_ins_proven_attempt_pk")
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index("ix_sign_ins_expires", ["expires_at"], unique=False)
        batch_op.create_index("ix_sign_ins_person", ["person_pk"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index("ix_sign_ins_person")
        batch_op.drop_index("ix_sign_ins_expires")

    op.drop_table("sign_ins")
    with op.batch_alter_table("launch_links", schema=None) as batch_op:
        batch_op.drop_index("ix_launch_links_person")
        batch_op.drop_index("ix_launch_links_expires")

    op.drop_table("launch_links")
