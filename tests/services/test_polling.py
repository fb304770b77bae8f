"""Vendors that cannot call back are asked: what they answer goes the way of a callback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from proctor_hub import (
    AttemptRef,
    CallbackEvent,
    Incident,
    OnboardingChanged,
    ReviewReceived,
    ReviewStatus,
    SessionEnded,
    SessionFault,
    SessionReady,
    Unrecognised,
    VendorProtocolError,
    VendorUnavailable,
)
from proctor_hub.domain.words import AttemptStatus, ExamType, OnboardingStatus
from proctor_hub.services.callbacks import replay
from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.services.polling import BATCH, Polled, poll, polling_vendors
from proctor_hub.services.retirement import retire
from proctor_hub.storage import tables as t
from proctor_hub.storage.polling import open_attempts
from proctor_hub.storage.records import AttemptRecord
from tests.plans import grown, watching
from tests.services.attempts.test_at_once import at_once
from tests.services.attempts.world import World, a_world, assert_explained
from tests.support import OPERATOR, START

S = AttemptStatus
POLLED = {"capabilities": ["polling", "exam_sync"]}


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with a_world(database_url, vendors={"acme": POLLED, "zenith": POLLED}) as world:
        yield world


def ref(record: AttemptRecord) -> AttemptRef:
    return AttemptRef(external_id=record.external_id)


def review(record: AttemptRecord, status: str = "passed", **more: Any) -> ReviewReceived:
    return ReviewReceived(attempt=ref(record), status=ReviewStatus(status), **more)


def tell(world: World, record: AttemptRecord, *events: CallbackEvent) -> None:
    world.vendor().news[record.external_id or ""] = events


def kept(world: World) -> list[tuple[str, str]]:
    return [(row.route, row.outcome) for row in world.callbacks()]


def test_news_is_applied_kept_and_told_no_second_time(world: World) -> None:
    record = world.created()
    tell(world, record, SessionReady(attempt=ref(record)))
    assert poll(world.hub, "acme") == Polled(asked=1, news=1)
    assert world.fresh(record).status is S.READY_TO_START
    (row,) = world.callbacks()
    assert (row.route, row.outcome, row.attempt_pk, row.vendor) == (
        "poll", "applied", record.id, "acme",
    )  # fmt: skip
    before = world.rows(t.attempts)
    for _ in range(3):
        world.clock.move(minutes=5)
        assert poll(world.hub, "acme") == Polled(asked=1)
    assert kept(world) == [("poll", "applied")]
    assert world.rows(t.attempts) == before


def test_a_poll_without_news_writes_nothing(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    tell(world, record, review(record, "suspicious", video_url="https://v.example/1"))
    poll(world.hub, "acme")
    # The same review under a link that is signed anew is the same review.
    tell(world, record, review(record, "suspicious", video_url="https://v.example/2"))
    with watching() as statements:
        assert poll(world.hub, "acme").news == 0
    assert [text for text, _ in statements.made if not text.startswith("SELECT")] == []
    assert len(world.reviews(record)) == 1


def test_a_review_moves_as_a_callback_would(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    seen = Incident(start=1.0, stop=2.0, duration=1.0, text="talks", status="Suspicious")
    tell(world, record, review(record, "suspicious", incidents=(seen,)))
    poll(world.hub, "acme")
    assert world.fresh(record).status is S.SECOND_REVIEW_REQUIRED
    (revision,) = world.reviews(record)
    assert (revision.incidents[0]["text"], revision.callback_pk) == (
        "talks",
        world.callbacks()[-1].id,
    )
    tell(world, record, review(record))
    poll(world.hub, "acme")
    assert world.fresh(record).status is S.VERIFIED
    assert len(world.reviews(record)) == 2
    assert_explained(world, record)
    # Decided: nobody asks about it any more.
    assert poll(world.hub, "acme") == Polled()


def test_fail_pass_fail_is_three_revisions(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    for status in ("suspicious", "not_reviewed", "suspicious"):
        tell(world, record, review(record, status))
        poll(world.hub, "acme")
        poll(world.hub, "acme")
    found = world.reviews(record)
    assert [one.status for one in found] == ["suspicious", "not_reviewed", "suspicious"]
    assert found[-1].flagged


def test_only_what_is_new_of_a_longer_answer_is_applied(world: World) -> None:
    record = world.created()
    ready = SessionReady(attempt=ref(record))
    tell(world, record, ready)
    poll(world.hub, "acme")
    world.act(record, _start())
    tell(world, record, ready, SessionEnded(attempt=ref(record), reason="closed"))
    poll(world.hub, "acme")
    assert world.fresh(record).status is S.SUBMITTED
    tell(world, record, ready, SessionEnded(attempt=ref(record), reason="closed"), review(record))
    poll(world.hub, "acme")
    assert world.fresh(record).status is S.VERIFIED
    assert [outcome for _, outcome in kept(world)] == ["applied"] * 3


def _start() -> Any:
    from proctor_hub.services.attempts.learner import LearnerAction

    return LearnerAction.START


def test_events_about_others_are_refused(world: World) -> None:
    mine = world.created()
    world.set_course("zenith-course", vendor="zenith")
    world.learner("bob", course_id="zenith-course")
    exam = world.exam(course_id="zenith-course")
    from proctor_hub.services.attempts.create import create_attempt
    from tests.support import LMS

    theirs = create_attempt(world.hub, LMS, exam_pk=exam.id, user_id="bob").record
    done = world.attempt(S.VERIFIED, user_id="cid")
    count = len(world.callbacks())
    tell(
        world,
        mine,
        SessionFault(attempt=ref(theirs)),
        SessionFault(attempt=AttemptRef(attempt_code=theirs.code)),
        review(done, "suspicious"),
        SessionFault(attempt=AttemptRef(attempt_code=mine.code, external_id=theirs.external_id)),
        SessionFault(attempt=AttemptRef(attempt_code=theirs.code, external_id=mine.external_id)),
        SessionFault(attempt=AttemptRef()),
        OnboardingChanged(pseudonym="x", status=OnboardingStatus.VERIFIED),
        Unrecognised(reason="what?"),
        SessionReady(attempt=AttemptRef(attempt_code=mine.code, external_id=mine.external_id)),
    )
    with structlog.testing.capture_logs() as logs:
        assert poll(world.hub, "acme") == Polled(asked=1, news=1, refused=8)
    assert [(line["event"], line.get("events")) for line in logs][-1] == ("poll_refused", 8)
    assert [world.fresh(one).status for one in (mine, theirs, done)] == [
        S.READY_TO_START, S.CREATED, S.VERIFIED,
    ]  # fmt: skip
    assert len(world.callbacks()) == count + 1


def test_who_is_asked_about(world: World) -> None:
    open_ones = [
        world.attempt(status, user_id=f"u-{status}")
        for status in (S.CREATED, S.READY_TO_START, S.STARTED, S.SUBMITTED)
    ]
    for status in (S.VERIFIED, S.REJECTED, S.ERROR, S.DECLINED):
        world.attempt(status, user_id=f"u-{status}")
    world.attempt(S.SUBMITTED, ExamType.PRACTICE, user_id="practising")
    world.attempt(S.SUBMITTED, ExamType.TIMED, user_id="timed")
    poll(world.hub, "acme")
    (told,) = [one for one in world.vendor().told if one.hook == "poll_reviews"]
    asked: Any = told.arguments["attempts"]
    assert [one.code for one in asked] == [record.code for record in open_ones]
    assert [one.external_id for one in asked] == [record.external_id for record in open_ones]


def test_what_cannot_be_applied_is_kept_once_and_tried_again(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    tell(world, record, review(record, "suspicious"))
    world.vendor().broken = {"classify_review"}
    count = len(world.callbacks())
    for _ in range(3):
        poll(world.hub, "acme")
    assert len(world.callbacks()) == count + 1
    (row,) = world.callbacks()[count:]
    assert (row.outcome, row.attempt_pk) == ("unparsable", record.id)
    world.vendor().broken = set()
    poll(world.hub, "acme")
    assert world.fresh(record).status is S.SECOND_REVIEW_REQUIRED
    assert len(world.callbacks()) == count + 1
    assert poll(world.hub, "acme").news == 0


def test_a_kept_poll_is_replayed_like_a_callback(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    tell(world, record, review(record, "suspicious"))
    world.vendor().broken = {"classify_review"}
    poll(world.hub, "acme")
    world.vendor().broken = set()
    done = replay(world.hub, OPERATOR, world.callbacks()[-1].id)
    assert done.outcome.code == "applied"
    assert world.fresh(record).status is S.SECOND_REVIEW_REQUIRED
    assert poll(world.hub, "acme").news == 0


def test_odd_values_survive_being_kept(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    odd = Incident(start=float("nan"), text="a\0b \udcff", status="Suspicious")
    tell(world, record, review(record, "suspicious", incidents=(odd,), comment="\0"))
    poll(world.hub, "acme")
    assert world.reviews(record)[0].incidents[0]["start"] is None
    assert poll(world.hub, "acme").news == 0


def test_a_vendor_that_is_down_is_asked_no_further(world: World) -> None:
    world.created()
    world.vendor().fail_with = VendorUnavailable("no answer")
    with structlog.testing.capture_logs() as logs:
        assert poll(world.hub, "acme") == Polled(failed=True)
    assert [(line["event"], line["error"]) for line in logs] == [("poll_failed", "no answer")]
    assert world.hub.vendors.get("zenith").implementation is not world.vendor()


def test_a_batch_that_fails_keeps_no_other_from_being_asked(world: World) -> None:
    """Its answer makes no sense, so that the vendor is well and the next batch may make sense."""
    records = many(world, 2 * BATCH + 3)
    vendor = world.vendor()
    vendor.fail_with = VendorProtocolError("garbage")
    assert poll(world.hub, "acme") == Polled(failed=True)
    batches = [one for one in vendor.told if one.hook == "poll_reviews"]
    sizes = [len(one.arguments["attempts"]) for one in batches]  # type: ignore[arg-type]
    assert sizes == [BATCH, BATCH, 3]
    vendor.fail_with = None
    last = records[-1]
    vendor.news[f"x{last}"] = (SessionReady(attempt=AttemptRef(external_id=f"x{last}")),)
    assert poll(world.hub, "acme") == Polled(asked=2 * BATCH + 3, news=1)


def many(world: World, count: int, **more: Any) -> list[int]:
    """So many open attempts of as many learners; their ids, ``x<id>`` at the vendor."""
    exam = world.exam()

    def unit(conn: Any) -> list[int]:
        users = [{"user_id": f"many{n}", "created_at": START} for n in range(count)]
        conn.execute(t.people.insert(), users)
        persons = conn.scalars(
            t.people.select().with_only_columns(t.people.c.id).order_by(t.people.c.id)
        ).all()[-count:]
        rows = [
            {
                "code": f"CODE{pk}", "course_pk": exam.course_pk, "exam_pk": exam.id,
                "person_pk": pk, "vendor": "acme", "exam_type": "proctored", "number": 1,
                "status": S.CREATED, "external_id": f"{pk}", "created_at": START,
                "updated_at": START, "exam_name": "Final", **more,
            }
            for pk in persons
        ]  # fmt: skip
        conn.execute(t.attempts.insert(), rows)
        found = conn.execute(t.attempts.select().order_by(t.attempts.c.id)).all()[-count:]
        for row in found:
            conn.execute(
                t.attempts.update()
                .where(t.attempts.c.id == row.id)
                .values(external_id=f"x{row.id}")
            )
            conn.execute(
                t.external_ids.insert(),
                {
                    "vendor": "acme", "external_id": f"x{row.id}", "attempt_pk": row.id,
                    "given_at": START,
                },
            )  # fmt: skip
        return [row.id for row in found]

    return list(world.hub.database.write(unit))


def test_asking_walks_no_attempts(world: World) -> None:
    others = many(world, 2000, status=S.VERIFIED)
    kept_before = [
        {
            "received_at": START, "vendor": "acme", "route": "poll", "request": b"", "size": 0,
            "digest": "", "outcome": "applied", "status": 200, "attempt_pk": pk,
        }
        for pk in others
    ]  # fmt: skip
    world.hub.database.write(lambda conn: conn.execute(t.callbacks.insert(), kept_before) and None)
    record = world.created()
    tell(world, record, SessionReady(attempt=ref(record)))
    grown(world.hub.database)
    with watching() as statements:
        assert poll(world.hub, "acme") == Polled(asked=1, news=1)
    for table in ("attempts", "callbacks"):
        assert statements.walked(world.hub.database, table) == []
    with world.hub.database.read() as conn:
        assert len(open_attempts(conn, "acme", after=0, count=10)) == 1


def test_two_processes_that_poll_at_once_apply_news_once(world: World) -> None:
    for _ in range(3):
        record = world.attempt(S.SUBMITTED)
        tell(world, record, review(record, "suspicious"))
        hubs = [world.hub, replace(world.hub)]
        results = at_once(*[lambda hub=hub: poll(hub, "acme") for hub in hubs])
        assert all(isinstance(one, Polled) for one in results), results
        assert len(world.reviews(record)) == 1
        assert (
            len(
                [
                    row
                    for row in world.callbacks()
                    if row.attempt_pk == record.id and row.route == "poll"
                ]
            )
            == 1
        )
        assert_explained(world, record)


def test_a_learner_retired_meanwhile_leaves_nothing(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    tell(world, record, review(record, "suspicious", comment="Ada talks"))
    poll(world.hub, "acme")
    retire(world.hub, OPERATOR, user_id="ada")
    assert poll(world.hub, "acme") == Polled()
    assert unseal(world.hub.keyring, world.callbacks()[-1].request).body == b""


def test_who_polls_and_how_often(world: World) -> None:
    assert [one.slug for one in polling_vendors(world.hub)] == ["acme", "zenith"]
    assert world.hub.vendors.get("acme").description.poll_every == timedelta(minutes=5)
