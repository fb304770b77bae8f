"""A learner's onboarding profile with one vendor, as the hub's own attempts tell it (domain §6)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.onboarding import (
    APPROVED,
    OnboardingEvent,
    effective_status,
    event_of_attempt,
    expiry,
    next_status,
)
from proctor_hub.domain.words import AttemptStatus, OnboardingStatus
from proctor_hub.storage.tables import onboarding_profiles as profiles
from proctor_hub.storage.upsert import upsert


def effective(conn: sa.Connection, person_pk: int, vendor: str, now: datetime) -> OnboardingStatus:
    """The profile's status as of ``now``; ``not_started`` where there is none yet."""
    row = conn.execute(
        sa.select(profiles.c.status, profiles.c.expires_at).where(
            profiles.c.person_pk == person_pk, profiles.c.vendor == vendor
        )
    ).first()
    if row is None:
        return OnboardingStatus.NOT_STARTED
    return effective_status(OnboardingStatus(row.status), row.expires_at, now)


def follow(
    conn: sa.Connection,
    person_pk: int,
    vendor: str,
    attempt_status: AttemptStatus,
    now: datetime,
    validity: timedelta | None,
) -> None:
    """The profile after the learner's onboarding attempt reached a status."""
    event = event_of_attempt(attempt_status)
    if event is None:
        return
    before = effective(conn, person_pk, vendor, now)
    status = next_status(before, event)
    approved_again = event is OnboardingEvent.APPROVE
    if status is before and not approved_again:
        return
    values: dict[str, Any] = {"status": status, "updated_at": now}
    if status in APPROVED:
        values |= {"approved_at": now, "expires_at": expiry(now, None, validity)}
    row = {"person_pk": person_pk, "vendor": vendor, **values}
    upsert(conn, profiles, [row], keys=["person_pk", "vendor"])
