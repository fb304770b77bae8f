"""Who does the hub's work, which destinations are down, and the reports that were asked for."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import count, key, metadata, moment, refers, text

_PENDING = sa.text("status = 'pending'")
_RUNNING = sa.text("status = 'running'")
_UNCLEAN = sa.text("clean_at IS NOT NULL")

workers = sa.Table(
    "workers",
    metadata,
    # The lowest free of w1, w2, …: the same few names again and again, each held by one process.
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("nonce", sa.Text, nullable=False),
    # By the database's own clock, which all processes share.
    moment("joined_at"),
    moment("expires_at"),
    text("host"),
    text("version"),
)

claims = sa.Table(
    "claims",
    metadata,
    # Good as long as its worker lives.
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("worker", sa.Text, nullable=False),
    moment("since"),
)

breakers = sa.Table(
    "breakers",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    count("failures"),
    count("opened"),
    moment("open_until", nullable=True),
    moment("changed_at"),
    text("last_error"),
)

reports = sa.Table(
    "reports",
    metadata,
    key(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    refers("course_pk", "courses.id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    # Counts executions: what an earlier one says is not listened to.
    count("run"),
    count("failures"),
    sa.Column("requested_role", sa.Text, nullable=False),
    # A machine's client id; a person is named by the key alone: one place to erase.
    text("requested_by"),
    refers("requested_person_pk", "people.id", nullable=True),
    moment("requested_at"),
    moment("started_at", nullable=True),
    moment("heard_at", nullable=True),
    moment("finished_at", nullable=True),
    moment("expires_at", nullable=True),
    # When files of this report are to be removed, whatever its status; null: there are none.
    moment("clean_at", nullable=True),
    count("rows_done"),
    sa.Column("rows_total", sa.Integer, nullable=True),
    text("file_name"),
    text("file_key"),
    sa.Column("size", sa.BigInteger, nullable=True),
    text("error"),
    sa.Index("ix_reports_course", "course_pk", "id"),
    sa.Index("ix_reports_course_status", "course_pk", "status", "id"),
    sa.Index(
        "uq_reports_pending",
        "course_pk",
        "kind",
        unique=True,
        sqlite_where=_PENDING,
        postgresql_where=_PENDING,
    ),
    sa.Index("ix_reports_running", "heard_at", sqlite_where=_RUNNING, postgresql_where=_RUNNING),
    sa.Index("ix_reports_clean", "clean_at", sqlite_where=_UNCLEAN, postgresql_where=_UNCLEAN),
)

schema_floor = sa.Table(
    "schema_floor",
    metadata,
    # The oldest revision whose code may still work on this schema: raised when one contracts.
    sa.Column("oldest", sa.Text, primary_key=True),
)
