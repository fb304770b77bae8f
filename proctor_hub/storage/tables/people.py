"""People as the LMS knows them, and what vendors know of them."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import flag, key, metadata, moment, refers, text

_LASTING = sa.text("status IN ('verified', 'other_course_approved')")
_BY_HAND = sa.text("confirmed_by <> ''")
_UNCONFIRMED = sa.text("NOT confirmed")

people = sa.Table(
    "people",
    metadata,
    key(),
    sa.Column("user_id", sa.Text, nullable=False, unique=True),
    text("username"),
    text("full_name"),
    text("email"),
    text("language"),
    moment("created_at"),
    moment("retired_at", nullable=True),
    sa.Index("ix_people_username", "username"),
    sa.Index("ix_people_email_lower", sa.func.lower(sa.column("email"))),
)

pseudonyms = sa.Table(
    "pseudonyms",
    metadata,
    refers("person_pk", "people.id", primary_key=True),
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("pseudonym", sa.Text, nullable=False),
    sa.UniqueConstraint("vendor", "pseudonym"),
)

onboarding_profiles = sa.Table(
    "onboarding_profiles",
    metadata,
    refers("person_pk", "people.id", primary_key=True),
    sa.Column("vendor", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    moment("approved_at", nullable=True),
    moment("expires_at", nullable=True),
    moment("updated_at"),
    sa.Index(
        "ix_onboarding_profiles_expires",
        "expires_at",
        sqlite_where=_LASTING,
        postgresql_where=_LASTING,
    ),
)

retirements = sa.Table(
    "retirements",
    metadata,
    key(),
    refers("person_pk", "people.id", unique=True),
    moment("requested_at"),
    text("requested_by"),
    sa.Index("ix_retirements_requested_by", "requested_by"),
)

retirement_receipts = sa.Table(
    "retirement_receipts",
    metadata,
    refers("retirement_pk", "retirements.id", primary_key=True),
    sa.Column("vendor", sa.Text, primary_key=True),
    flag("confirmed"),
    text("confirmed_by"),
    text("detail"),
    moment("updated_at"),
    sa.Index(
        "ix_retirement_receipts_by_hand",
        "confirmed_by",
        sqlite_where=_BY_HAND,
        postgresql_where=_BY_HAND,
    ),
    sa.Index(
        "ix_retirement_receipts_open",
        "retirement_pk",
        sqlite_where=_UNCONFIRMED,
        postgresql_where=_UNCONFIRMED,
    ),
)
