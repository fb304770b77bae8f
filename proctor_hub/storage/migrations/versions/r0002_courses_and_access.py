"""courses and access.

Revision 0002, after 0001. Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import BigId, Json, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up to this revision."""
    op.create_table(
        "clients",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("secret_digest", sa.Text(), nullable=False),
        sa.Column("previous_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("previous_until", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clients")),
        sa.UniqueConstraint("client_id", name=op.f("uq_clients_client_id")),
    )
    op.create_table(
        "courses",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("course_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("proctoring_enabled", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("allow_opt_out", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("escalation_email", sa.Text(), server_default="", nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=True),
        sa.Column("ends_at", UtcDateTime(), nullable=True),
        sa.Column("declined_exam_timed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("decline_cascades", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_courses")),
        sa.UniqueConstraint("course_id", name=op.f("uq_courses_course_id")),
    )
    op.create_table(
        "audit",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("course_pk", BigId, nullable=True),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("detail", Json, nullable=False),
        sa.ForeignKeyConstraint(["course_pk"], ["courses.id"], name=op.f("fk_audit_course_pk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_course", "audit", ["course_pk", "id"], unique=False)
    op.create_table(
        "course_team",
        sa.Column("course_pk", BigId, nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_pk"], ["courses.id"], name=op.f("fk_course_team_course_pk")
        ),
        sa.ForeignKeyConstraint(
            ["person_pk"], ["people.id"], name=op.f("fk_course_team_person_pk")
        ),
        sa.PrimaryKeyConstraint("course_pk", "person_pk", name=op.f("pk_course_team")),
    )
    op.create_index("ix_course_team_person", "course_team", ["person_pk"], unique=False)
    op.create_table(
        "enrolments",
        sa.Column("course_pk", BigId, nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("track", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_pk"], ["courses.id"], name=op.f("fk_enrolments_course_pk")
        ),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_enrolments_person_pk")),
        sa.PrimaryKeyConstraint("course_pk", "person_pk", name=op.f("pk_enrolments")),
    )
    op.create_index("ix_enrolments_person", "enrolments", ["person_pk"], unique=False)
    op.create_table(
        "exams",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("course_pk", BigId, nullable=False),
        sa.Column("content_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("exam_type", sa.Text(), nullable=False),
        sa.Column("time_limit_minutes", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("hide_after_due", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("rules", Json, nullable=False),
        sa.Column("custom_rules", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("replaces_pk", BigId, nullable=True),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["course_pk"], ["courses.id"], name=op.f("fk_exams_course_pk")),
        sa.ForeignKeyConstraint(["replaces_pk"], ["exams.id"], name=op.f("fk_exams_replaces_pk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exams")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_exams_course", "exams", ["course_pk", "id"], unique=False)
    op.create_index(
        "uq_exams_content_live",
        "exams",
        ["course_pk", "content_id"],
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.create_table(
        "idempotency",
        sa.Column("client_pk", BigId, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("response", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_pk"], ["clients.id"], name=op.f("fk_idempotency_client_pk")
        ),
        sa.PrimaryKeyConstraint("client_pk", "path", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_created_at", "idempotency", ["created_at"], unique=False)
    op.create_table(
        "staff",
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_staff_person_pk")),
        sa.PrimaryKeyConstraint("person_pk", "role", name=op.f("pk_staff")),
    )
    op.create_table(
        "allowances",
        sa.Column("exam_pk", BigId, nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("additional_minutes", sa.Integer(), nullable=True),
        sa.Column("multiplier", sa.Float(), nullable=True),
        sa.Column("policy_exception", sa.Text(), server_default="", nullable=False),
        sa.Column("granted_by", sa.Text(), server_default="", nullable=False),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["exam_pk"], ["exams.id"], name=op.f("fk_allowances_exam_pk")),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_allowances_person_pk")),
        sa.PrimaryKeyConstraint("exam_pk", "person_pk", name=op.f("pk_allowances")),
    )


def downgrade() -> None:
    """Take this revision back."""
    op.drop_table("allowances")
    op.drop_table("staff")
    op.drop_index("ix_idempotency_created_at", table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_index(
        "uq_exams_content_live",
        table_name="exams",
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    )
    op.drop_index("ix_exams_course", table_name="exams")
    op.drop_table("exams")
    op.drop_index("ix_enrolments_person", table_name="enrolments")
    op.drop_table("enrolments")
    op.drop_index("ix_course_team_person", table_name="course_team")
    op.drop_table("course_team")
    op.drop_index("ix_audit_course", table_name="audit")
    op.drop_table("audit")
    op.drop_table("courses")
    op.drop_table("clients")
