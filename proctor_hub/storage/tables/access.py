"""Who may call the hub, and what they did."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import key, metadata, moment, refers, text
from proctor_hub.storage.types import Json

clients = sa.Table(
    "clients",
    metadata,
    key(),
    sa.Column("client_id", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    text("name"),
    text("vendor", nullable=True),
    sa.Column("secret_digest", sa.Text, nullable=False),
    text("previous_digest"),
    moment("previous_until", nullable=True),
    moment("created_at"),
    moment("revoked_at", nullable=True),
)

staff = sa.Table(
    "staff",
    metadata,
    refers("person_pk", "people.id", primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    moment("granted_at"),
)

course_team = sa.Table(
    "course_team",
    metadata,
    refers("course_pk", "courses.id", primary_key=True),
    refers("person_pk", "people.id", primary_key=True),
    moment("granted_at"),
    sa.Index("ix_course_team_person", "person_pk"),
)

idempotency = sa.Table(
    "idempotency",
    metadata,
    refers("client_pk", "clients.id", primary_key=True),
    sa.Column("path", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("status", sa.Integer, nullable=True),
    sa.Column("response", sa.LargeBinary, nullable=True),
    moment("created_at"),
    sa.Index("ix_idempotency_created_at", "created_at"),
)

audit = sa.Table(
    "audit",
    metadata,
    key(),
    moment("at"),
    sa.Column("role", sa.Text, nullable=False),
    text("actor"),
    sa.Column("action", sa.Text, nullable=False),
    refers("course_pk", "courses.id", nullable=True),
    text("subject"),
    sa.Column("detail", Json, nullable=False),
    # Whatever is looked for, in the order of time; see storage/audit.py.
    sa.Index("ix_audit_at", "at", "id"),
    sa.Index("ix_audit_course_at", "course_pk", "at", "id"),
    sa.Index("ix_audit_actor_at", "actor", "at", "id"),
    sa.Index("ix_audit_action_at", "action", "at", "id"),
    sa.Index("ix_audit_subject_at", "subject", "at", "id"),
)
