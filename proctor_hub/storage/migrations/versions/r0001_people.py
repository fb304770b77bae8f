"""people.

Revision 0001, after . Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import BigId, UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up to this revision."""
    op.create_table(
        "people",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), server_default="", nullable=False),
        sa.Column("full_name", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("user_id", name=op.f("uq_people_user_id")),
    )
    op.create_index("ix_people_username", "people", ["username"], unique=False)
    op.create_table(
        "onboarding_profiles",
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("approved_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["people.id"], name=op.f("fk_onboarding_profiles_person_pk")
        ),
        sa.PrimaryKeyConstraint("person_pk", "vendor", name=op.f("pk_onboarding_profiles")),
    )
    op.create_table(
        "pseudonyms",
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("pseudonym", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_pseudonyms_person_pk")),
        sa.PrimaryKeyConstraint("person_pk", "vendor", name=op.f("pk_pseudonyms")),
        sa.UniqueConstraint("vendor", "pseudonym", name=op.f("uq_pseudonyms_vendor_pseudonym")),
    )
    op.create_table(
        "retirements",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("requested_by", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["people.id"], name=op.f("fk_retirements_person_pk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retirements")),
        sa.UniqueConstraint("person_pk", name=op.f("uq_retirements_person_pk")),
    )
    op.create_table(
        "retirement_receipts",
        sa.Column("retirement_pk", BigId, nullable=False),
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("confirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["retirement_pk"], ["retirements.id"], name=op.f("fk_retirement_receipts_retirement_pk")
        ),
        sa.PrimaryKeyConstraint("retirement_pk", "vendor", name=op.f("pk_retirement_receipts")),
    )
    op.create_index(
        "ix_people_email_lower", "people", [sa.literal_column("lower(email)")], unique=False
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("retirement_receipts")
    op.drop_table("retirements")
    op.drop_table("pseudonyms")
    op.drop_table("onboarding_profiles")
    op.drop_index("ix_people_username", table_name="people")
    op.drop_table("people")
