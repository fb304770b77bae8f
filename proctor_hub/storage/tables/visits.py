"""How people get in: one-time launch links, and the sign-ins they become."""

from __future__ import annotations

import sqlalchemy as sa

from proctor_hub.storage.tables.base import metadata, moment, refers, text

launch_links = sa.Table(
    "launch_links",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    refers("person_pk", "people.id"),
    # words with spaces between; empty: every role the person has
    text("roles"),
    refers("course_pk", "courses.id", nullable=True),
    refers("client_pk", "clients.id", nullable=True),
    text("target"),
    moment("created_at"),
    moment("expires_at"),
    moment("used_at", nullable=True),
    sa.Index("ix_launch_links_person", "person_pk"),
    sa.Index("ix_launch_links_expires", "expires_at"),
)

sign_ins = sa.Table(
    "sign_ins",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    refers("person_pk", "people.id"),
    text("roles"),
    refers("course_pk", "courses.id", nullable=True),
    refers("client_pk", "clients.id", nullable=True),
    # the attempt whose exam window this is, where the vendor's own browser brought its proof
    refers("proven_attempt_pk", "attempts.id", nullable=True),
    text("language"),
    moment("created_at"),
    moment("seen_at"),
    moment("expires_at"),
    moment("ended_at", nullable=True),
    sa.Index("ix_sign_ins_person", "person_pk"),
    sa.Index("ix_sign_ins_expires", "expires_at"),
)
