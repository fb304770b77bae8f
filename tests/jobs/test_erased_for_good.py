"""After a retirement nothing of the learner is found: not in the files of the database, not in what
is encrypted there, not in the logs; whatever happens at the same moment.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from proctor_hub import AttemptRef, Incident, OnboardingChanged, ReviewReceived, ReviewStatus
from proctor_hub.domain.words import AttemptStatus, ExamType, OnboardingStatus, Role
from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.relay import Relay
from proctor_hub.services import people
from proctor_hub.services.access import clients, idempotency
from proctor_hub.services.access.idempotency import StoredAnswer
from proctor_hub.services.attempts.create import create_attempt
from proctor_hub.services.attempts.learner import LearnerAction
from proctor_hub.services.callbacks.envelope import CONTEXT
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.retirement import retire
from proctor_hub.services.retirement_ledger import get_retirement
from proctor_hub.services.reviews import VIDEO
from proctor_hub.storage import tables as t
from proctor_hub.storage.idempotency import Claim
from proctor_hub.storage.people import pseudonyms_of
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.tables import metadata
from tests.plans import grown, watching
from tests.services.attempts.test_at_once import at_once
from tests.services.attempts.world import World, a_world, assert_explained
from tests.support import LMS, OPERATOR

S = AttemptStatus
USER = "lrn-4711-zed"
NAMES = PersonSettings(
    username="zed_quux", full_name="Zed Quuxington", email="Zed.Quux@Mail.example"
)
TEXTS = ("whispers to a parrot", "v.example/rec-889", "has one arm", "203.0.113.77", "fell asleep")
OTHER = b'{"note": "somebody else: zed_quux2, a.zed.quux@mail.example"}'


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    with a_world(database_url, vendors={"acme": {"has_stop_call": True}}) as world:
        world.hub = replace(world.hub, mails=True)
        yield world


def a_full_life(world: World) -> AttemptRecord:
    """A learner of whom everything there is was stored."""
    exam = world.exam()
    world.learner(USER)
    world.allow(exam, USER, policy_exception="has one arm")
    record = world.attempt(S.SUBMITTED, user_id=USER, exam=exam)
    people.put_person(world.hub, LMS, user_id=USER, settings=NAMES)
    seen = Incident(start=1.0, stop=2.0, duration=1.0, text=TEXTS[0], status="Suspicious")
    world.say(
        ReviewReceived(
            attempt=AttemptRef(external_id=record.external_id),
            status=ReviewStatus.SUSPICIOUS,
            incidents=(seen,),
            video_url=f"https://{TEXTS[1]}",
            comment=f"Zed {TEXTS[0]}",
        )
    )
    decide(world.hub, world.prof, record.code, word=DecisionWord.FAIL, reason="fell asleep")
    running = world.attempt(S.STARTED, user_id=USER)
    people.put_person(world.hub, LMS, user_id=USER, settings=NAMES)
    world.act(running, LearnerAction.PING, source_address=TEXTS[3])
    world.act(running, LearnerAction.FAULT, detail="Zed fell asleep")
    onboarding = world.attempt(S.SUBMITTED, ExamType.ONBOARDING, user_id=USER)
    people.put_person(world.hub, LMS, user_id=USER, settings=NAMES)
    name = pseudonym(world, record)
    world.say(OnboardingChanged(pseudonym=name, status=OnboardingStatus.VERIFIED))
    told = {"pseudonym": name, "who": "ZED.QUUX@MAIL.EXAMPLE", "code": onboarding.code}
    world.call(_json(told), external_id="unknown-session")
    world.call(_json({"review_of": "Zed Quuxington"}), caller=None, source="198.51.100.5")
    world.call(b"session=" + str(record.external_id).encode(), slug=None)
    world.call(OTHER, external_id="unknown-session")
    _answered(world, f'{{"user_id": "{USER}", "username": "zed_quux"}}'.encode())
    return record


def _json(value: dict[str, str]) -> bytes:
    return json.dumps(value).encode()


def _answered(world: World, body: bytes) -> None:
    made = clients.create(world.hub, OPERATOR, kind=clients.ClientKind.LMS, name="school")
    claim = Claim(client_pk=made.client.pk, path="/api/v1/attempts", key="k", digest="d")
    idempotency.once(world.hub, claim, lambda: StoredAnswer(status=201, body=body))


def pseudonym(world: World, record: AttemptRecord) -> str:
    with world.hub.database.read() as conn:
        return pseudonyms_of(conn, record.person_pk)["acme"]


def on_disk(world: World) -> bytes:
    """All that the database's files hold, or (PostgreSQL) all its tables as it writes them out."""
    database = world.hub.database
    if database.dialect == "sqlite":
        path = Path(database.url.database or "")
        files = [path, *path.parent.glob(path.name + "-*")]
        assert len(files) >= 2
        return b"".join(file.read_bytes() for file in files)
    return _copied(database.url)


def _copied(url: sa.URL) -> bytes:
    parts = []
    dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(dsn) as conn:
        tables = conn.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert len(tables) >= len(metadata.tables)
        for (name,) in tables:
            with conn.cursor().copy(f"COPY {name} TO STDOUT".encode()) as copy:
                parts += [bytes(block) for block in copy]
    return b"\n".join(parts)


def decrypted(world: World) -> bytes:
    """What is stored encrypted, in the clear."""
    found = []
    with world.hub.database.read() as conn:
        for table in metadata.sorted_tables:
            for column in table.c:
                if isinstance(column.type, sa.LargeBinary):
                    for sealed in conn.scalars(sa.select(column).where(column.is_not(None))):
                        found.append(_opened(world, sealed))
    return b"\n".join(found)


def _opened(world: World, sealed: bytes) -> bytes:
    for context in (CONTEXT, VIDEO, "idempotency"):
        try:
            return world.hub.keyring.decrypt(sealed, context=context)
        except ConfigurationError:
            continue
    raise AssertionError("a column is encrypted in a context that this test does not know")


def found_in(data: bytes, secrets: list[str]) -> list[str]:
    low = data.lower()
    return [one for one in secrets if one.lower().encode() in low]


def test_nothing_of_the_learner_is_left(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    record = a_full_life(world)
    name = pseudonym(world, record)
    names = [USER, "zed_quux", "Zed Quuxington", "Zed.Quux@Mail.example"]
    secrets = ["lrn-4711", "Quuxington", "Zed.Quux@Mail", *TEXTS, name]
    before = on_disk(world) + decrypted(world)
    assert found_in(before, [*secrets, *names]) == [*secrets, *names]
    mails = world.rows(t.outbox, t.outbox.c.destination == "mail")
    counts = {table.name: len(world.rows(table)) for table in (t.attempts, t.reviews, t.callbacks)}
    assert [row.delivered_at for row in mails] == [None] * len(mails) and mails

    done = retire(world.hub, OPERATOR, user_id=USER)
    assert not done.complete
    relay = Relay(world.hub, {})
    for _ in range(3):
        relay.run_once()
        world.clock.move(hours=1)
    assert get_retirement(world.hub, OPERATOR, user_id=USER).complete
    assert world.hub.database.forget()

    left = OTHER.lower()
    assert found_in(on_disk(world), secrets) == []
    assert found_in(decrypted(world).lower().replace(left, b""), [*secrets, "zed_quux"]) == []
    assert left in decrypted(world).lower()
    written = "".join(capfd.readouterr())
    assert found_in(written.encode(), [*secrets, "zed_quux"]) == []
    # Statuses and counts are as they were, and nobody is told anything.
    after = {table.name: len(world.rows(table)) for table in (t.attempts, t.reviews, t.callbacks)}
    assert after == counts
    kept = world.fresh(record)
    assert (kept.status, kept.suspicious_count, kept.live) == (S.REJECTED, 1, False)
    waiting = world.rows(t.outbox, t.outbox.c.delivered_at.is_(None))
    assert [row.kind for row in waiting if not row.destination.startswith("vendor:")] == []
    assert_explained(world, record)


def test_retiring_walks_no_large_table(world: World) -> None:
    record = a_full_life(world)
    exam_pk, course_pk = record.exam_pk, record.course_pk

    def unit(conn: sa.Connection) -> None:
        users = [{"user_id": f"many{n}", "created_at": record.created_at} for n in range(2000)]
        conn.execute(t.people.insert(), users)
        pks = conn.scalars(sa.select(t.people.c.id).order_by(t.people.c.id)).all()[-2000:]
        now = record.created_at
        conn.execute(
            t.attempts.insert(),
            [
                {
                    "code": f"M{pk}", "course_pk": course_pk, "exam_pk": exam_pk, "person_pk": pk,
                    "exam_type": "proctored", "number": 1, "status": S.VERIFIED,
                    "created_at": now, "updated_at": now,
                }
                for pk in pks
            ],
        )  # fmt: skip
        attempts = conn.scalars(sa.select(t.attempts.c.id).order_by(t.attempts.c.id)).all()[-2000:]
        for pk in attempts:
            one: dict[str, Any] = {"attempt_pk": pk}
            history = {"at": now, "role": Role.VENDOR, "actor": "acme", "to_status": S.VERIFIED}
            conn.execute(t.history.insert(), {**one, **history, "cause": "review"})
            call = {"received_at": now, "route": "r", "request": b"", "size": 0, "digest": ""}
            conn.execute(t.callbacks.insert(), {**one, **call, "outcome": "applied", "status": 200})
            review = {"revision": 1, "received_at": now, "digest": "d", "status": "passed"}
            conn.execute(t.reviews.insert(), {**one, **review, "incidents": []})
            row = {"event_id": f"n{pk}", "destination": "lms", "stream": f"n{pk}", "seq": 1}
            times = {"created_at": now, "next_try_at": now, "delivered_at": now}
            conn.execute(t.outbox.insert(), {**one, **row, "kind": "x", "payload": {}, **times})

    world.hub.database.write(unit)
    grown(world.hub.database)
    with watching() as statements:
        retire(world.hub, OPERATOR, user_id=USER)
    for table in ("attempts", "callbacks", "history", "outbox", "people", "reviews"):
        assert statements.touching(table), table
        assert statements.walked(world.hub.database, table) == [], table


def test_a_decider_is_taken_out_of_reviews_and_calls_that_did_not_count(world: World) -> None:
    people.put_person(
        world.hub, LMS, user_id="old-prof", settings=PersonSettings(email="Old.Prof@uni.example")
    )
    record = world.attempt(S.SUBMITTED)
    world.review(record, "suspicious", reviewed_by="old.prof@UNI.example")
    other = world.attempt(S.SUBMITTED, user_id="bob")
    world.review(other, "suspicious", reviewed_by="new.old.prof@uni.example")
    retire(world.hub, OPERATOR, user_id="old-prof")
    assert [one.reviewed_by for one in world.reviews(record)] == [None]
    assert [one.reviewed_by for one in world.reviews(other)] == ["new.old.prof@uni.example"]
    content = decrypted(world)
    assert b'"old.prof@UNI.example"' not in content
    assert b'"retired-' in content
    assert b"new.old.prof@uni.example" in content


def test_a_callback_that_arrives_meanwhile_leaves_nothing(world: World) -> None:
    for n in range(4):
        user = f"lrn-{n}-zed"
        record = world.attempt(S.SUBMITTED, user_id=user)
        seen = {"text": f"parrot-{n}", "status": "suspicious", "start": 3, "stop": 4, "duration": 1}
        results = at_once(
            partial(retire, world.hub, OPERATOR, user_id=user),
            partial(world.review, record, "suspicious", incidents=[seen]),
            partial(retire, world.hub, OPERATOR, user_id=user),
        )
        assert results[1] == 200, results
        assert results[0].retired_id == results[2].retired_id, results
        assert len(world.reviews(record)) == 1
        assert found_in(on_disk(world) + decrypted(world), [f"parrot-{n}"]) == []
        assert_explained(world, record)
    assert len(world.rows(t.retirements)) == 4


def test_a_session_opened_meanwhile_is_erased_there_too(world: World) -> None:
    """The vendor is asked to open a session, the learner is retired, and only then it answers."""
    exam = world.exam()
    world.learner(USER)
    erased = threading.Event()

    def retired() -> None:
        retire(world.hub, OPERATOR, user_id=USER)
        Relay(world.hub, {}).run_once()
        assert get_retirement(world.hub, OPERATOR, user_id=USER).complete
        erased.set()

    world.vendor().meanwhile = retired
    record = create_attempt(world.hub, LMS, exam_pk=exam.id, user_id=USER).record
    assert erased.is_set() and not record.live
    assert not get_retirement(world.hub, OPERATOR, user_id=USER).complete
    Relay(world.hub, {}).run_once()
    assert get_retirement(world.hub, OPERATOR, user_id=USER).complete
    told = [one for one in world.vendor().told if one.hook == "retire_learner"]
    assert len(told) == 2 and told[0].arguments == told[1].arguments
