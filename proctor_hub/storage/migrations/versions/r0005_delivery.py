"""Delivery: workers, breakers, parking, reports in the background.

Revision 0005, after 0004. Made by ``scripts/new_migration.py``.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from proctor_hub.storage.types import BigId, UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text(
    "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'started', 'ready_to_submit', 'completed', 'timed_out', 'submitted', 'second_review_required') AND NOT (exam_type = 'practice' AND status = 'submitted')"
)
_UNSTARTED = "status IN ('created', 'download_software_clicked', 'ready_to_start', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed', 'onboarding_expired')"
_UNFINISHED = "status IN ('created', 'download_software_clicked', 'ready_to_start', 'started', 'ready_to_submit', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed', 'onboarding_expired')"
_PEOPLE = "role IN ('learner', 'course_team', 'support', 'operator')"
_LASTING = "status IN ('verified', 'other_course_approved')"

# Table, index, columns, which rows: for the clock's rounds, and for retirements.
_INDEXES: tuple[tuple[str, str, tuple[str, ...], str | None], ...] = (
    ("attempts", "ix_attempts_unfinished", ("exam_pk", "id"), f"live AND {_UNFINISHED}"),
    (
        "attempts",
        "ix_attempts_due",
        ("due_at", "id"),
        f"live AND due_at IS NOT NULL AND {_UNSTARTED}",
    ),
    ("onboarding_profiles", "ix_onboarding_profiles_expires", ("expires_at",), _LASTING),
    ("reviews", "ix_reviews_reviewed_by_lower", ("lower(reviewed_by)",), "reviewed_by IS NOT NULL"),
    ("decisions", "ix_decisions_person", ("person_pk",), None),
    ("history", "ix_history_person", ("actor",), _PEOPLE),
    ("audit", "ix_audit_actor", ("actor",), None),
    ("audit", "ix_audit_subject", ("subject",), None),
    ("allowances", "ix_allowances_person", ("person_pk",), None),
    ("allowances", "ix_allowances_granted_by", ("granted_by",), None),
    ("callbacks", "ix_callbacks_vouched", ("vouched_by",), "vouched_by <> ''"),
    ("retirements", "ix_retirements_requested_by", ("requested_by",), None),
    (
        "retirement_receipts",
        "ix_retirement_receipts_by_hand",
        ("confirmed_by",),
        "confirmed_by <> ''",
    ),
)


def _create_indexes() -> None:
    for table, name, columns, where in _INDEXES:
        rows = None if where is None else sa.text(where)
        op.create_index(
            name,
            table,
            [sa.text(column) if "(" in column else column for column in columns],
            sqlite_where=rows,
            postgresql_where=rows,
        )


def upgrade() -> None:
    """Bring the schema up to this revision."""
    op.create_table(
        "breakers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("open_until", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("last_error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_breakers")),
    )
    op.create_table(
        "workers",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_workers")),
    )
    op.create_table(
        "claims",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("worker", sa.Text(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_claims")),
    )
    op.create_table(
        "schema_floor",
        sa.Column("oldest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("oldest", name=op.f("pk_schema_floor")),
    )
    op.create_table(
        "reports",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("course_pk", BigId, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("run", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("requested_role", sa.Text(), nullable=False),
        sa.Column("requested_by", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_person_pk", BigId, nullable=True),
        sa.Column("requested_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("heard_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("clean_at", UtcDateTime(), nullable=True),
        sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=True),
        sa.Column("file_name", sa.Text(), server_default="", nullable=False),
        sa.Column("file_key", sa.Text(), server_default="", nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["course_pk"], ["courses.id"], name=op.f("fk_reports_course_pk")),
        sa.ForeignKeyConstraint(
            ["requested_person_pk"], ["people.id"], name=op.f("fk_reports_requested_person_pk")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("code", name=op.f("uq_reports_code")),
    )
    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.create_index("ix_reports_course", ["course_pk", "id"], unique=False)
        batch_op.create_index(
            "ix_reports_course_status", ["course_pk", "status", "id"], unique=False
        )
        batch_op.create_index(
            "ix_reports_running",
            ["heard_at"],
            unique=False,
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )
        batch_op.create_index(
            "ix_reports_clean",
            ["clean_at"],
            unique=False,
            sqlite_where=sa.text("clean_at IS NOT NULL"),
            postgresql_where=sa.text("clean_at IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_reports_pending",
            ["course_pk", "kind"],
            unique=True,
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index(
            "ix_attempts_held",
            ["id"],
            unique=False,
            sqlite_where=sa.text("held AND live AND status = 'submitted'"),
            postgresql_where=sa.text("held AND live AND status = 'submitted'"),
        )
        batch_op.create_index(
            "ix_attempts_open",
            ["vendor", "id"],
            unique=False,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )

    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.add_column(sa.Column("trace_id", sa.Text(), server_default="", nullable=False))
        batch_op.create_index(
            "ix_callbacks_quarantined",
            ["id"],
            unique=False,
            sqlite_where=sa.text("quarantined"),
            postgresql_where=sa.text("quarantined"),
        )
        batch_op.create_index(
            "ix_callbacks_unlinked",
            ["id"],
            unique=False,
            sqlite_where=sa.text("attempt_pk IS NULL"),
            postgresql_where=sa.text("attempt_pk IS NULL"),
        )

    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.create_index("ix_courses_ends", ["ends_at"], unique=False)

    with op.batch_alter_table("exams", schema=None) as batch_op:
        batch_op.create_index("ix_exams_due", ["due_at"], unique=False)

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("parked_at", UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column("trace_id", sa.Text(), server_default="", nullable=False))
        batch_op.drop_index(
            batch_op.f("ix_outbox_waiting"), sqlite_where=sa.text("delivered_at IS NULL")
        )
        batch_op.create_index(
            "ix_outbox_due",
            ["destination", "next_try_at", "id"],
            unique=False,
            sqlite_where=sa.text("delivered_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL"),
        )
        batch_op.create_index(
            "ix_outbox_parked",
            ["destination", "id"],
            unique=False,
            sqlite_where=sa.text("parked_at IS NOT NULL AND delivered_at IS NULL"),
            postgresql_where=sa.text("parked_at IS NOT NULL AND delivered_at IS NULL"),
        )

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.add_column(sa.Column("language", sa.Text(), server_default="", nullable=False))

    with op.batch_alter_table("retirement_receipts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("confirmed_by", sa.Text(), server_default="", nullable=False))

    op.drop_index("ix_attempts_unstarted", table_name="attempts")
    _create_indexes()

    # Nothing was taken away, so processes of the revision before go on next to new ones.
    op.execute("INSERT INTO schema_floor (oldest) VALUES ('0004')")


def downgrade() -> None:
    """Take this revision back."""
    for table, name, _, _ in _INDEXES:
        op.drop_index(name, table_name=table)
    rows = sa.text(f"live AND {_UNSTARTED}")
    op.create_index(
        "ix_attempts_unstarted",
        "attempts",
        ["exam_pk", "id"],
        sqlite_where=rows,
        postgresql_where=rows,
    )
    with op.batch_alter_table("retirement_receipts", schema=None) as batch_op:
        batch_op.drop_column("confirmed_by")

    with op.batch_alter_table("people", schema=None) as batch_op:
        batch_op.drop_column("language")

    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_outbox_parked",
            sqlite_where=sa.text("parked_at IS NOT NULL AND delivered_at IS NULL"),
            postgresql_where=sa.text("parked_at IS NOT NULL AND delivered_at IS NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_due",
            sqlite_where=sa.text("delivered_at IS NULL"),
            postgresql_where=sa.text("delivered_at IS NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_waiting"),
            ["destination", "id"],
            unique=False,
            sqlite_where=sa.text("delivered_at IS NULL"),
        )
        batch_op.drop_column("trace_id")
        batch_op.drop_column("parked_at")

    with op.batch_alter_table("exams", schema=None) as batch_op:
        batch_op.drop_index("ix_exams_due")

    with op.batch_alter_table("courses", schema=None) as batch_op:
        batch_op.drop_index("ix_courses_ends")

    with op.batch_alter_table("callbacks", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_callbacks_quarantined",
            sqlite_where=sa.text("quarantined"),
            postgresql_where=sa.text("quarantined"),
        )
        batch_op.drop_index(
            "ix_callbacks_unlinked",
            sqlite_where=sa.text("attempt_pk IS NULL"),
            postgresql_where=sa.text("attempt_pk IS NULL"),
        )
        batch_op.drop_column("trace_id")

    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_attempts_held",
            sqlite_where=sa.text("held AND live AND status = 'submitted'"),
            postgresql_where=sa.text("held AND live AND status = 'submitted'"),
        )
        batch_op.drop_index(
            "ix_attempts_open",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        )

    with op.batch_alter_table("reports", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_reports_pending",
            sqlite_where=sa.text("status = 'pending'"),
            postgresql_where=sa.text("status = 'pending'"),
        )
        batch_op.drop_index(
            "ix_reports_clean",
            sqlite_where=sa.text("clean_at IS NOT NULL"),
            postgresql_where=sa.text("clean_at IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_reports_running",
            sqlite_where=sa.text("status = 'running'"),
            postgresql_where=sa.text("status = 'running'"),
        )
        batch_op.drop_index("ix_reports_course_status")
        batch_op.drop_index("ix_reports_course")

    op.drop_table("reports")
    op.drop_table("schema_floor")
    op.drop_table("claims")
    op.drop_table("workers")
    op.drop_table("breakers")
