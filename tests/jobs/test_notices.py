from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, DecisionKind, ExamType
from proctor_hub.errors import VendorRejected, VendorUnauthorized, VendorUnavailable
from proctor_hub.jobs.delivery import DeliveryFailed, Patience
from proctor_hub.jobs.notices import NOTICES, deliver_notice
from proctor_hub.jobs.relay import Relay
from proctor_hub.services.hub import Hub
from proctor_hub.storage import attempts, retirement
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.storage.tables import attempts as attempts_table
from proctor_hub.storage.tables import (
    courses,
    exams,
    people,
    retirement_receipts,
)
from tests.jobs.support import put, stored
from tests.support import FakeClock, fake_vendor, make_hub


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    hub = make_hub(database_url, vendors={"acme": {"has_stop_call": True}}, clock=clock)
    yield hub
    hub.database.close()


@pytest.fixture
def attempt_pk(hub: Hub) -> int:
    """A completed attempt at the vendor acme, under the id ``session-2``."""
    return hub.database.write(lambda conn: _attempt(conn, hub))


def _add(conn: sa.Connection, table: sa.Table, **values: Any) -> int:
    key = conn.execute(table.insert(), values).inserted_primary_key
    assert key is not None
    return int(key[0])


def _attempt(conn: sa.Connection, hub: Hub) -> int:
    now = hub.now()
    course = _add(conn, courses, course_id="c", created_at=now, vendor="acme")
    exam = _add(
        conn, exams, course_pk=course, content_id="x", name="Final", rules={"no_phone": True},
        exam_type=ExamType.PROCTORED, time_limit_minutes=60, created_at=now, vendor="acme",
    )  # fmt: skip
    person = _add(conn, people, user_id="u1", username="ada", created_at=now)
    values = {
        "code": "CODE", "course_pk": course, "exam_pk": exam, "person_pk": person,
        "vendor": "acme", "exam_type": ExamType.PROCTORED, "number": 1, "exam_name": "Final",
        "status": AttemptStatus.COMPLETED, "created_at": now, "updated_at": now,
        "external_id": "session-2", "allowed_seconds": 3600,
    }  # fmt: skip
    return attempts.insert_attempt(conn, values)


def status_of(hub: Hub, pk: int) -> AttemptStatus:
    with hub.database.read() as conn:
        record = attempts.by_id(conn, pk)
    assert record is not None
    return record.status


def notice(kind: str, attempt_pk: int | None = None, **payload: Any) -> OutboxRow:
    return OutboxRow(
        id=1, event_id="e", stream="s", seq=1, kind=kind, attempt_pk=attempt_pk, tries=0,
        payload=payload,
    )  # fmt: skip


@pytest.mark.parametrize(
    "hook", ["session_started", "session_stopped", "session_errored", "session_removed"]
)
def test_the_vendor_is_told_under_the_id_of_the_notice(
    hub: Hub, attempt_pk: int, hook: str
) -> None:
    deliver_notice(hub, "acme", notice(hook, attempt_pk, external_id="session-1"))
    told = fake_vendor(hub).told[0]
    assert told.hook == hook
    attempt: Any = told.arguments["attempt"]
    exam: Any = told.arguments["exam"]
    assert (attempt.external_id, attempt.code, attempt.allowed_minutes) == (
        "session-1",
        "CODE",
        60,
    )
    assert (exam.name, exam.rules) == ("Final", {"no_phone": True})


def test_the_vendor_is_told_what_was_decided(hub: Hub, attempt_pk: int) -> None:
    put(
        hub, "a", 0, destination="vendor:acme", kind="session_decided", attempt_pk=attempt_pk,
        payload={"external_id": "session-2", "kind": "fail"},
    )  # fmt: skip
    relay = Relay(hub, {})
    assert relay.run_once() == 1
    (told,) = fake_vendor(hub).told
    assert (told.hook, told.arguments["kind"]) == ("session_decided", DecisionKind.FAIL)
    relay.stop()


def test_an_accepted_stop_submits_the_attempt(hub: Hub, attempt_pk: int) -> None:
    deliver_notice(hub, "acme", notice("session_stopped", attempt_pk))
    assert status_of(hub, attempt_pk) is AttemptStatus.SUBMITTED
    assert [row.kind for row in stored(hub)] == ["submitted"]
    deliver_notice(hub, "acme", notice("session_stopped", attempt_pk))
    assert [row.kind for row in stored(hub)] == ["submitted"], "told twice, submitted once"


def test_a_vendor_that_is_down_at_the_end_is_told_later(
    hub: Hub, attempt_pk: int, clock: FakeClock
) -> None:
    vendor = fake_vendor(hub)
    vendor.fail_with = VendorUnavailable("503", retry_after=30)
    put(hub, "a", 0, destination="vendor:acme", kind="session_stopped", attempt_pk=attempt_pk)
    relay = Relay(hub, {}, patience=Patience(jitter=lambda: 0.0))
    assert relay.run_once() == 0
    assert status_of(hub, attempt_pk) is AttemptStatus.COMPLETED
    vendor.fail_with = None
    clock.move(seconds=29)
    assert relay.run_once() == 0
    clock.move(seconds=1)
    assert relay.run_once() == 1
    assert status_of(hub, attempt_pk) is AttemptStatus.SUBMITTED
    relay.stop()


@pytest.mark.parametrize(
    ("error", "hopeless"),
    [
        (VendorUnavailable("down"), False),
        (VendorRejected("no", status=400), True),
        (VendorUnauthorized("who are you"), True),
    ],
)
def test_a_refusal_is_kept_and_tried_seldom(
    hub: Hub, attempt_pk: int, error: Any, hopeless: bool
) -> None:
    fake_vendor(hub).fail_with = error
    with pytest.raises(DeliveryFailed, match=str(error)) as failed:
        deliver_notice(hub, "acme", notice("session_errored", attempt_pk))
    assert failed.value.hopeless is hopeless


def test_what_cannot_be_told_is_said_and_kept(hub: Hub) -> None:
    for row, slug in [
        (notice("session_started", 4711), "acme"),
        (notice("session_started"), "acme"),
        (notice("sync_exam", exam_pk=4711), "acme"),
        (notice("dance"), "acme"),
        (notice("sync_exam", exam_pk=1), "nobody"),
    ]:
        with pytest.raises(DeliveryFailed) as failed:
            deliver_notice(hub, slug, row)
        assert failed.value.hopeless


def test_an_exam_is_synced_and_its_id_kept(hub: Hub, attempt_pk: int) -> None:
    with hub.database.read() as conn:
        exam_pk = conn.execute(sa.select(attempts_table.c.exam_pk)).scalar_one()

    def external_id() -> str | None:
        with hub.database.read() as conn:
            found: str | None = conn.execute(sa.select(exams.c.external_id)).scalar_one()
        return found

    deliver_notice(hub, "acme", notice("sync_exam", exam_pk=exam_pk))
    first = external_id()
    assert first is not None
    deliver_notice(hub, "acme", notice("sync_exam", exam_pk=exam_pk))
    assert external_id() == first
    told: Any = fake_vendor(hub).told[1].arguments["exam"]
    assert (told.external_id, told.is_active, told.course_id) == (first, True, "c")


def test_a_retirement_is_told_and_its_receipt_kept(hub: Hub, attempt_pk: int) -> None:
    def unit(conn: sa.Connection) -> int:
        person = conn.execute(sa.select(people.c.id)).scalar_one()
        destinations = {"acme": "vendor:acme"}
        retirement.put(
            conn,
            person,
            requested_by="lms",
            vendors={"acme": "p-1"},
            destinations=destinations,
            now=hub.now(),
        )
        return int(person)

    person_pk = hub.database.write(unit)
    row = notice("retire_learner", person_pk=person_pk, pseudonym="p-1")
    for _ in range(2):
        deliver_notice(hub, "acme", row)
    assert fake_vendor(hub).told[0].arguments == {"pseudonym": "p-1"}
    with hub.database.read() as conn:
        receipts = conn.execute(retirement_receipts.select()).all()
    assert [(r.vendor, r.confirmed) for r in receipts] == [("acme", True)]


def test_every_notice_is_a_hook_of_the_contract() -> None:
    from proctor_hub.vendors.results import HOOKS

    assert set(NOTICES) <= HOOKS
