"""Attempts and all that happens to them: reviews, decisions, history.

The attempt carries what the results report and every callback need, so that neither walks another
table (design §4): names as of the last change of the person or exam, and the latest review.
"""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import (
    count,
    flag,
    key,
    metadata,
    moment,
    refers,
    sortable,
    text,
)
from proctor_hub.storage.types import Json, UtcDateTime

_LIVE = sa.text("live")
_RUNNING = sa.text("live AND status IN ('started', 'ready_to_submit')")
_OVERRIDDEN = sa.text(
    "live AND due_at IS NOT NULL AND status IN ('created', 'download_software_clicked',"
    " 'ready_to_start', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed',"
    " 'onboarding_expired')"
)
_UNFINISHED = sa.text(
    "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'started',"
    " 'ready_to_submit', 'onboarding_missing', 'onboarding_pending', 'onboarding_failed',"
    " 'onboarding_expired')"
)
_QUEUED = sa.text("live AND status = 'second_review_required'")
OPEN = sa.text(
    "live AND status IN ('created', 'download_software_clicked', 'ready_to_start', 'started',"
    " 'ready_to_submit', 'completed', 'timed_out', 'submitted', 'second_review_required')"
    # Practice ends there: no review comes.
    " AND NOT (exam_type = 'practice' AND status = 'submitted')"
)
_HELD = sa.text("held AND live AND status = 'submitted'")
_REPORTED = sa.text("exam_type <> 'timed'")
_TIMED = sa.text("exam_type = 'timed'")
_FLAGGED = sa.text("flagged")
_ESCALATIONS = sa.text("kind = 'escalate'")
_NAMED = sa.text("reviewed_by IS NOT NULL")
_BY_PEOPLE = sa.text("role IN ('learner', 'course_team', 'support', 'operator')")

_LONG_AGO = "2000-01-01T00:00:00.000000Z"

attempts = sa.Table(
    "attempts",
    metadata,
    key(),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    refers("course_pk", "courses.id"),
    refers("exam_pk", "exams.id"),
    refers("person_pk", "people.id"),
    text("vendor", nullable=True),
    sa.Column("exam_type", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    flag("live", True),
    count("version"),
    count("event_seq"),
    text("external_id", nullable=True),
    moment("created_at"),
    moment("updated_at"),
    moment("ready_at", nullable=True),
    moment("started_at", nullable=True),
    moment("completed_at", nullable=True),
    sa.Column("allowed_seconds", sa.Integer, nullable=True),
    moment("deadline_at", nullable=True),
    sa.Column("seconds_left", sa.Integer, nullable=True),
    moment("due_at", nullable=True),
    text("policy_exception"),
    moment("last_poll_at", nullable=True),
    text("last_poll_ip"),
    # the latest review and the decision that outranks it
    count("revision"),
    text("latest_digest"),
    text("latest_order", nullable=True),
    text("review_status", nullable=True),
    text("review_label"),
    count("suspicious_count"),
    text("suspicious_comments"),
    count("violation_count"),
    text("violation_comments"),
    count("incident_count"),
    text("review_owner", nullable=True),
    # Since when it waits in its owner's queue; before any queue there was, where it never did.
    sa.Column("queued_at", UtcDateTime, nullable=False, server_default=_LONG_AGO),
    text("decided_role", nullable=True),
    flag("flagged"),
    flag("held"),
    # names for the report
    sortable("exam_name"),
    sortable("username"),
    text("email"),
    sa.UniqueConstraint("exam_pk", "person_pk", "number"),
    sa.Index(
        "uq_attempts_live",
        "exam_pk",
        "person_pk",
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    ),
    sa.Index(
        "uq_attempts_running",
        "person_pk",
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    ),
    sa.Index(
        "ix_attempts_deadline", "deadline_at", sqlite_where=_RUNNING, postgresql_where=_RUNNING
    ),
    # The queues of second reviews, the longest waiting first: of one owner over all courses, and
    # in one course.
    sa.Index(
        "ix_attempts_waiting",
        "review_owner",
        "queued_at",
        "id",
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    ),
    sa.Index(
        "ix_attempts_course_waiting",
        "course_pk",
        "review_owner",
        "queued_at",
        "id",
        sqlite_where=_QUEUED,
        postgresql_where=_QUEUED,
    ),
    sa.Index(
        "ix_attempts_unfinished",
        "exam_pk",
        "id",
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    ),
    sa.Index(
        "ix_attempts_due", "due_at", "id", sqlite_where=_OVERRIDDEN, postgresql_where=_OVERRIDDEN
    ),
    sa.Index(
        "ix_attempts_report",
        "course_pk",
        "exam_name",
        "username",
        "number",
        "id",
        sqlite_where=_REPORTED,
        postgresql_where=_REPORTED,
    ),
    # With the one above: every attempt of a course by exam and username, for the staff's table.
    sa.Index(
        "ix_attempts_timed",
        "course_pk",
        "exam_name",
        "username",
        "number",
        "id",
        sqlite_where=_TIMED,
        postgresql_where=_TIMED,
    ),
    # The only one that follows the status: rows by status and review status for the staff's table,
    # and the counts of a course. The exam is read from it, not sought by it.
    sa.Index("ix_attempts_status", "course_pk", "status", "live", "review_status", "id", "exam_pk"),
    sa.Index("ix_attempts_exam", "exam_pk", "id"),
    sa.Index("ix_attempts_username", "course_pk", sa.func.lower(sa.column("username")), "id"),
    sa.Index(
        "ix_attempts_flagged",
        "course_pk",
        "id",
        sqlite_where=_FLAGGED,
        postgresql_where=_FLAGGED,
    ),
    sa.Index("ix_attempts_open", "vendor", "id", sqlite_where=OPEN, postgresql_where=OPEN),
    sa.Index("ix_attempts_held", "id", sqlite_where=_HELD, postgresql_where=_HELD),
    sa.Index("ix_attempts_course", "course_pk", "id"),
    sa.Index("ix_attempts_person", "person_pk", "id"),
)

external_ids = sa.Table(
    "external_ids",
    metadata,
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("external_id", sa.Text, primary_key=True),
    refers("attempt_pk", "attempts.id"),
    moment("given_at"),
    moment("replaced_at", nullable=True),
    sa.Index("ix_external_ids_attempt", "attempt_pk"),
)

reviews = sa.Table(
    "reviews",
    metadata,
    key(),
    refers("attempt_pk", "attempts.id"),
    sa.Column("revision", sa.Integer, nullable=False),
    refers("callback_pk", "callbacks.id", nullable=True),
    moment("received_at"),
    sa.Column("digest", sa.Text, nullable=False),
    text("vendor_order", nullable=True),
    sa.Column("status", sa.Text, nullable=False),
    text("vendor_status"),
    sa.Column("incidents", Json, nullable=False),
    text("reviewed_by", nullable=True),
    sa.Column("video_url", sa.LargeBinary, nullable=True),
    text("comment"),
    flag("flagged"),
    text("disposition"),
    sa.UniqueConstraint("attempt_pk", "revision"),
    sa.Index(
        "ix_reviews_reviewed_by_lower",
        sa.func.lower(sa.column("reviewed_by")),
        sqlite_where=_NAMED,
        postgresql_where=_NAMED,
    ),
)

decisions = sa.Table(
    "decisions",
    metadata,
    key(),
    refers("attempt_pk", "attempts.id"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    refers("person_pk", "people.id"),
    moment("decided_at"),
    text("reason"),
    sa.Column("from_status", sa.Text, nullable=False),
    sa.Column("to_status", sa.Text, nullable=False),
    refers("replaces_pk", "decisions.id", nullable=True),
    refers("review_pk", "reviews.id", nullable=True),
    sa.Index("ix_decisions_attempt", "attempt_pk", "id"),
    sa.Index("ix_decisions_person", "person_pk"),
    sa.Index(
        "ix_decisions_escalations",
        "id",
        sqlite_where=_ESCALATIONS,
        postgresql_where=_ESCALATIONS,
    ),
)

review_claims = sa.Table(
    "review_claims",
    metadata,
    # Who is at a second review now: one person at most. It ends with the second review.
    refers("attempt_pk", "attempts.id", primary_key=True),
    refers("person_pk", "people.id"),
    moment("claimed_at"),
    moment("expires_at"),
    sa.Index("ix_review_claims_person", "person_pk"),
)

history = sa.Table(
    "history",
    metadata,
    key(),
    refers("attempt_pk", "attempts.id"),
    moment("at"),
    sa.Column("role", sa.Text, nullable=False),
    text("actor"),
    text("from_status", nullable=True),
    sa.Column("to_status", sa.Text, nullable=False),
    sa.Column("cause", sa.Text, nullable=False),
    text("reason"),
    sa.Index("ix_history_attempt", "attempt_pk", "id"),
    sa.Index("ix_history_person", "actor", sqlite_where=_BY_PEOPLE, postgresql_where=_BY_PEOPLE),
)
