"""Courses, exams, enrolments and allowances."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import count, flag, key, metadata, moment, refers, text
from proctor_hub.storage.types import Json

courses = sa.Table(
    "courses",
    metadata,
    key(),
    sa.Column("course_id", sa.Text, nullable=False, unique=True),
    text("title"),
    flag("proctoring_enabled"),
    text("vendor", nullable=True),
    flag("allow_opt_out"),
    text("escalation_email"),
    moment("starts_at", nullable=True),
    moment("ends_at", nullable=True),
    flag("declined_exam_timed"),
    flag("decline_cascades", True),
    moment("created_at"),
    count("version"),
    sa.Index("ix_courses_ends", "ends_at"),
)

exams = sa.Table(
    "exams",
    metadata,
    key(),
    refers("course_pk", "courses.id"),
    sa.Column("content_id", sa.Text, nullable=False),
    text("name"),
    sa.Column("exam_type", sa.Text, nullable=False),
    sa.Column("time_limit_minutes", sa.Integer, nullable=False),
    moment("due_at", nullable=True),
    flag("hide_after_due"),
    flag("is_active", True),
    text("vendor", nullable=True),
    text("external_id", nullable=True),
    sa.Column("rules", Json, nullable=False),
    text("custom_rules"),
    moment("created_at"),
    moment("retired_at", nullable=True),
    refers("replaces_pk", "exams.id", nullable=True),
    count("version"),
    sa.Index(
        "uq_exams_content_live",
        "course_pk",
        "content_id",
        unique=True,
        sqlite_where=sa.text("retired_at IS NULL"),
        postgresql_where=sa.text("retired_at IS NULL"),
    ),
    sa.Index("ix_exams_course", "course_pk", "id"),
    sa.Index("ix_exams_due", "due_at"),
    # LMSs know exams by number: one must not be given again after a restore.
    sqlite_autoincrement=True,
)

enrolments = sa.Table(
    "enrolments",
    metadata,
    refers("course_pk", "courses.id", primary_key=True),
    refers("person_pk", "people.id", primary_key=True),
    sa.Column("track", sa.Text, nullable=False),
    sa.Index("ix_enrolments_person", "person_pk"),
)

allowances = sa.Table(
    "allowances",
    metadata,
    refers("exam_pk", "exams.id", primary_key=True),
    refers("person_pk", "people.id", primary_key=True),
    sa.Column("additional_minutes", sa.Integer, nullable=True),
    sa.Column("multiplier", sa.Float, nullable=True),
    text("policy_exception"),
    text("granted_by"),
    moment("granted_at"),
    sa.Index("ix_allowances_person", "person_pk"),
    sa.Index("ix_allowances_granted_by", "granted_by"),
)
