"""Every table of the hub, by subject."""

from proctor_hub.storage.tables.access import audit, clients, course_team, idempotency, staff
from proctor_hub.storage.tables.attempts import (
    attempts,
    decisions,
    external_ids,
    history,
    review_claims,
    reviews,
)
from proctor_hub.storage.tables.base import metadata
from proctor_hub.storage.tables.courses import allowances, courses, enrolments, exams
from proctor_hub.storage.tables.people import (
    onboarding_profiles,
    people,
    pseudonyms,
    retirement_receipts,
    retirements,
)
from proctor_hub.storage.tables.traffic import callbacks, outbox, quarantine_counts
from proctor_hub.storage.tables.visits import launch_links, sign_ins
from proctor_hub.storage.tables.work import breakers, claims, reports, schema_floor, workers

__all__ = [
    "allowances",
    "attempts",
    "audit",
    "breakers",
    "callbacks",
    "claims",
    "clients",
    "course_team",
    "courses",
    "decisions",
    "enrolments",
    "exams",
    "external_ids",
    "history",
    "idempotency",
    "launch_links",
    "metadata",
    "onboarding_profiles",
    "outbox",
    "people",
    "pseudonyms",
    "quarantine_counts",
    "reports",
    "retirement_receipts",
    "retirements",
    "review_claims",
    "reviews",
    "schema_floor",
    "sign_ins",
    "staff",
    "workers",
]
