"""attempts.

Revision 0003, after 0002. Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import BigId, Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema up to this revision."""
    op.create_table(
        "attempts",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("course_pk", BigId, nullable=False),
        sa.Column("exam_pk", BigId, nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("exam_type", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("live", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("event_seq", sa.Integer(), server_default="0", nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("completed_at", UtcDateTime(), nullable=True),
        sa.Column("allowed_seconds", sa.Integer(), nullable=True),
        sa.Column("deadline_at", UtcDateTime(), nullable=True),
        sa.Column("seconds_left", sa.Integer(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("policy_exception", sa.Text(), server_default="", nullable=False),
        sa.Column("last_poll_at", UtcDateTime(), nullable=True),
        sa.Column("last_poll_ip", sa.Text(), server_default="", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("latest_digest", sa.Text(), server_default="", nullable=False),
        sa.Column("latest_order", sa.Text(), nullable=True),
        sa.Column("review_status", sa.Text(), nullable=True),
        sa.Column("review_label", sa.Text(), server_default="", nullable=False),
        sa.Column("suspicious_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("suspicious_comments", sa.Text(), server_default="", nullable=False),
        sa.Column("violation_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("violation_comments", sa.Text(), server_default="", nullable=False),
        sa.Column("incident_count", sa.Integer(), server_default="0", nullable=False),
        sa.Column("review_owner", sa.Text(), nullable=True),
        sa.Column("decided_role", sa.Text(), nullable=True),
        sa.Column("flagged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("held", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "exam_name",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column(
            "username",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            server_default="",
            nullable=False,
        ),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["course_pk"], ["courses.id"], name=op.f("fk_attempts_course_pk")),
        sa.ForeignKeyConstraint(["exam_pk"], ["exams.id"], name=op.f("fk_attempts_exam_pk")),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_attempts_person_pk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("code", name=op.f("uq_attempts_code")),
        sa.UniqueConstraint(
            "exam_pk", "person_pk", "number", name=op.f("uq_attempts_exam_pk_person_pk_number")
        ),
    )
    op.create_index("ix_attempts_course", "attempts", ["course_pk", "id"], unique=False)
    op.create_index(
        "ix_attempts_course_queue",
        "attempts",
        ["course_pk", "id"],
        unique=False,
        sqlite_where=sa.text("live AND status = 'second_review_required'"),
        postgresql_where=sa.text("live AND status = 'second_review_required'"),
    )
    op.create_index(
        "ix_attempts_deadline",
        "attempts",
        ["deadline_at"],
        unique=False,
        sqlite_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
        postgresql_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
    )
    op.create_index("ix_attempts_person", "attempts", ["person_pk", "id"], unique=False)
    op.create_index(
        "ix_attempts_queue",
        "attempts",
        ["review_owner", "id"],
        unique=False,
        sqlite_where=sa.text("live AND status = 'second_review_required'"),
        postgresql_where=sa.text("live AND status = 'second_review_required'"),
    )
    op.create_index(
        "ix_attempts_report",
        "attempts",
        ["course_pk", "exam_name", "username", "number", "id"],
        unique=False,
        sqlite_where=sa.text("exam_type <> 'timed'"),
        postgresql_where=sa.text("exam_type <> 'timed'"),
    )
    op.create_index(
        "ix_attempts_unstarted",
        "attempts",
        ["exam_pk", "id"],
        unique=False,
        sqlite_where=sa.text(
            "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed', 'onboarding_expired')"
        ),
        postgresql_where=sa.text(
            "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed', 'onboarding_expired')"
        ),
    )
    op.create_index(
        "uq_attempts_live",
        "attempts",
        ["exam_pk", "person_pk"],
        unique=True,
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.create_index(
        "uq_attempts_running",
        "attempts",
        ["person_pk"],
        unique=True,
        sqlite_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
        postgresql_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("vendor", sa.Text(), nullable=True),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("attempt_pk", BigId, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("quarantined", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("replay_of", BigId, nullable=True),
        sa.Column("vouched_by", sa.Text(), server_default="", nullable=False),
        sa.Column("vouched_reason", sa.Text(), server_default="", nullable=False),
        sa.Column("replayed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_pk"], ["attempts.id"], name=op.f("fk_callbacks_attempt_pk")
        ),
        sa.ForeignKeyConstraint(
            ["replay_of"], ["callbacks.id"], name=op.f("fk_callbacks_replay_of")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_attempt", "callbacks", ["attempt_pk", "id"], unique=False)
    op.create_index("ix_callbacks_outcome", "callbacks", ["outcome", "id"], unique=False)
    op.create_index(
        "ix_callbacks_quarantine",
        "callbacks",
        ["source", "id"],
        unique=False,
        sqlite_where=sa.text("quarantined"),
        postgresql_where=sa.text("quarantined"),
    )
    op.create_table(
        "external_ids",
        sa.Column("vendor", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("attempt_pk", BigId, nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_pk"], ["attempts.id"], name=op.f("fk_external_ids_attempt_pk")
        ),
        sa.PrimaryKeyConstraint("vendor", "external_id", name=op.f("pk_external_ids")),
    )
    op.create_index("ix_external_ids_attempt", "external_ids", ["attempt_pk"], unique=False)
    op.create_table(
        "history",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("attempt_pk", BigId, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("from_status", sa.Text(), nullable=True),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_pk"], ["attempts.id"], name=op.f("fk_history_attempt_pk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index("ix_history_attempt", "history", ["attempt_pk", "id"], unique=False)
    op.create_table(
        "reviews",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("attempt_pk", BigId, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("callback_pk", BigId, nullable=True),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("vendor_order", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("vendor_status", sa.Text(), server_default="", nullable=False),
        sa.Column("incidents", Json, nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=True),
        sa.Column("video_url", sa.LargeBinary(), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("flagged", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("disposition", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_pk"], ["attempts.id"], name=op.f("fk_reviews_attempt_pk")
        ),
        sa.ForeignKeyConstraint(
            ["callback_pk"], ["callbacks.id"], name=op.f("fk_reviews_callback_pk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reviews")),
        sa.UniqueConstraint("attempt_pk", "revision", name=op.f("uq_reviews_attempt_pk_revision")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("attempt_pk", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_pk", BigId, nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("from_status", sa.Text(), nullable=False),
        sa.Column("to_status", sa.Text(), nullable=False),
        sa.Column("replaces_pk", BigId, nullable=True),
        sa.Column("review_pk", BigId, nullable=True),
        sa.ForeignKeyConstraint(
            ["attempt_pk"], ["attempts.id"], name=op.f("fk_decisions_attempt_pk")
        ),
        sa.ForeignKeyConstraint(["person_pk"], ["people.id"], name=op.f("fk_decisions_person_pk")),
        sa.ForeignKeyConstraint(
            ["replaces_pk"], ["decisions.id"], name=op.f("fk_decisions_replaces_pk")
        ),
        sa.ForeignKeyConstraint(["review_pk"], ["reviews.id"], name=op.f("fk_decisions_review_pk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_attempt", "decisions", ["attempt_pk", "id"], unique=False)


def downgrade() -> None:
    """Take this revision back."""
    op.drop_index("ix_decisions_attempt", table_name="decisions")
    op.drop_table("decisions")
    op.drop_table("reviews")
    op.drop_index("ix_history_attempt", table_name="history")
    op.drop_table("history")
    op.drop_index("ix_external_ids_attempt", table_name="external_ids")
    op.drop_table("external_ids")
    op.drop_index(
        "ix_callbacks_quarantine",
        table_name="callbacks",
        sqlite_where=sa.text("quarantined"),
        postgresql_where=sa.text("quarantined"),
    )
    op.drop_index("ix_callbacks_outcome", table_name="callbacks")
    op.drop_index("ix_callbacks_attempt", table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_index(
        "uq_attempts_running",
        table_name="attempts",
        sqlite_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
        postgresql_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
    )
    op.drop_index(
        "uq_attempts_live",
        table_name="attempts",
        sqlite_where=sa.text("live"),
        postgresql_where=sa.text("live"),
    )
    op.drop_index(
        "ix_attempts_unstarted",
        table_name="attempts",
        sqlite_where=sa.text(
            "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed', 'onboarding_expired')"
        ),
        postgresql_where=sa.text(
            "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed', 'onboarding_expired')"
        ),
    )
    op.drop_index(
        "ix_attempts_report",
        table_name="attempts",
        sqlite_where=sa.text("exam_type <> 'timed'"),
        postgresql_where=sa.text("exam_type <> 'timed'"),
    )
    op.drop_index(
        "ix_attempts_queue",
        table_name="attempts",
        sqlite_where=sa.text("live AND status = 'second_review_required'"),
        postgresql_where=sa.text("live AND status = 'second_review_required'"),
    )
    op.drop_index("ix_attempts_person", table_name="attempts")
    op.drop_index(
        "ix_attempts_deadline",
        table_name="attempts",
        sqlite_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
        postgresql_where=sa.text("live AND status IN ('started', 'ready_to_submit')"),
    )
    op.drop_index(
        "ix_attempts_course_queue",
        table_name="attempts",
        sqlite_where=sa.text("live AND status = 'second_review_required'"),
        postgresql_where=sa.text("live AND status = 'second_review_required'"),
    )
    op.drop_index("ix_attempts_course", table_name="attempts")
    op.drop_table("attempts")
