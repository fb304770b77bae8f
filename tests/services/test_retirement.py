from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub import ExamType
from proctor_hub.domain.moves import Cause
from proctor_hub.domain.timing import Allowance
from proctor_hub.domain.words import AttemptStatus, DecisionKind, ReviewStatus, Role, Track
from proctor_hub.services import people
from proctor_hub.services.access import clients
from proctor_hub.services.access import idempotency as answers_at_rest
from proctor_hub.services.allowances import Grant, grant_allowances
from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Conflict, Forbidden, NotFound
from proctor_hub.services.exams import ExamSettings, create_exam
from proctor_hub.services.hub import Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.retirement import retire
from proctor_hub.services.retirement_ledger import (
    get_retirement,
    list_retirements,
    record_answer,
)
from proctor_hub.storage.people import Person, pseudonym_for
from proctor_hub.storage.tables import (
    attempts,
    callbacks,
    decisions,
    history,
    idempotency,
    metadata,
    outbox,
    reviews,
)
from proctor_hub.vendors.deciding import RetirementReceipt
from tests.services.rows import add_attempt
from tests.support import LMS, OPERATOR, START, make_hub

SECRETS = ("u-ada-4711", "ada_lovelace", "ada@x.example", "Ada Lovelace", "10.0.0.9", "talked")


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url)
    settings = CourseSettings(proctoring_enabled=True, vendor="acme")
    put_course(hub, LMS, course_id="c", settings=settings)
    yield hub
    hub.database.close()


def a_person(hub: Hub) -> Person:
    settings = PersonSettings(
        username="ada_lovelace", full_name="Ada Lovelace", email="ada@x.example"
    )
    made = people.put_person(hub, LMS, user_id="u-ada-4711", settings=settings)
    people.put_enrolment(hub, LMS, course_id="c", user_id="u-ada-4711", track=Track.VERIFIED)
    people.add_team_member(hub, LMS, course_id="c", user_id="u-ada-4711")
    people.grant_staff(hub, OPERATOR, user_id="u-ada-4711", role=Role.SUPPORT)
    return made.person


def a_life(hub: Hub) -> int:
    """A learner about whom everything is known; the id of their attempt."""
    person = a_person(hub)
    settings = ExamSettings(
        content_id="e", name="e", exam_type=ExamType.PROCTORED, time_limit_minutes=60
    )
    exam = create_exam(hub, LMS, course_id="c", settings=settings)
    terms = Allowance(policy_exception="Ada Lovelace is blind")
    grant = Grant(user_ids=[person.user_id], exam_pks=[exam.id], allowance=terms)
    grant_allowances(hub, LMS, course_id="c", grant=grant)
    pk = add_attempt(
        hub,
        exam,
        person,
        status=AttemptStatus.SECOND_REVIEW_REQUIRED,
        suspicious_count=1,
        suspicious_comments="talked",
        last_poll_ip="10.0.0.9",
        policy_exception="Ada Lovelace is blind",
        review_owner="support",
    )
    hub.database.write(lambda conn: _traces(hub, conn, pk, person))
    return pk


def _traces(hub: Hub, conn: sa.Connection, pk: int, person: Person) -> None:
    pseudonym_for(conn, person.id, "acme")
    pseudonym_for(conn, person.id, "zenith")
    one: dict[str, Any] = {"attempt_pk": pk}
    callback = {
        "received_at": START,
        "vendor": "acme",
        "route": "reviewed",
        "request": b"sealed",
        "size": 6,
        "digest": "d",
        "outcome": "conflict",
        "status": 409,
        "detail": "talked",
    }
    conn.execute(callbacks.insert(), {**one, **callback})
    review = {
        "revision": 1,
        "received_at": START,
        "digest": "d",
        "status": ReviewStatus.SUSPICIOUS,
        "incidents": [{"text": "talked", "status": "Suspicious", "start": 3.0}],
        "reviewed_by": "ada@x.example",
        "video_url": b"sealed",
        "comment": "talked",
    }
    conn.execute(reviews.insert(), {**one, **review})
    line = {
        "at": START,
        "role": Role.LEARNER,
        "actor": person.user_id,
        "to_status": AttemptStatus.STARTED,
        "cause": Cause.LEARNER,
        "reason": "Ada Lovelace talked",
    }
    conn.execute(history.insert(), {**one, **line})
    decision = {
        "kind": DecisionKind.ESCALATE,
        "role": Role.SUPPORT,
        "person_pk": person.id,
        "decided_at": START,
        "reason": "Ada Lovelace talked",
        "from_status": AttemptStatus.SECOND_REVIEW_REQUIRED,
        "to_status": AttemptStatus.SECOND_REVIEW_REQUIRED,
    }
    conn.execute(decisions.insert(), {**one, **decision})
    exam_pk = conn.scalar(sa.select(attempts.c.exam_pk))
    for seq, destination in enumerate(("lms", "lms:school", "mail", "vendor:acme")):
        told = destination == "vendor:acme"
        row = {
            "event_id": f"event-{seq}",
            "destination": destination,
            "stream": f"attempt:{pk}" if told else f"{person.id}:{exam_pk}",
            "seq": seq,
            "kind": "submitted",
            "payload": {} if destination == "vendor:acme" else {"user_id": person.user_id},
            "created_at": START,
            "next_try_at": START,
        }
        conn.execute(outbox.insert(), {**one, **row})


def everything(hub: Hub) -> str:
    """All that is stored in the clear."""
    with hub.database.read() as conn:
        return "\n".join(
            str(tuple(row))
            for table in metadata.sorted_tables
            for row in conn.execute(table.select())
        )


def test_nothing_of_the_learner_stays_but_statuses_and_counts(hub: Hub) -> None:
    pk = a_life(hub)
    before = everything(hub)
    assert all(secret in before for secret in SECRETS)
    done = retire(hub, OPERATOR, user_id="u-ada-4711")
    after = everything(hub)
    assert [secret for secret in SECRETS if secret in after] == []
    with hub.database.read() as conn:
        attempt = conn.execute(attempts.select().where(attempts.c.id == pk)).one()
        review = conn.execute(reviews.select()).one()
        callback = conn.execute(callbacks.select()).one()
        waiting = conn.execute(
            sa.select(outbox.c.destination, outbox.c.kind, outbox.c.payload)
            .where(outbox.c.delivered_at.is_(None), outbox.c.kind != "sync_exam")
            .order_by(outbox.c.id)
        ).all()
    assert (attempt.status, attempt.suspicious_count) == ("second_review_required", 1)
    assert not attempt.live
    assert review.incidents == [{"text": "", "status": "Suspicious", "start": 3.0}]
    assert review.video_url is None
    assert unseal(hub.keyring, callback.request).body == b""
    assert callback.outcome == "erased"
    assert [row.destination for row in waiting] == ["vendor:acme", "vendor:acme", "vendor:zenith"]
    assert waiting[1].payload["person_pk"] == done.person_pk
    assert len(waiting[1].payload["pseudonym"]) == 32
    assert [receipt.vendor for receipt in done.receipts] == ["acme", "zenith"]


def test_again_changes_nothing_and_tells_the_receipts(hub: Hub) -> None:
    person = a_person(hub)
    hub.database.write(lambda conn: pseudonym_for(conn, person.id, "acme"))
    first = retire(hub, OPERATOR, user_id="u-ada-4711")
    before = everything(hub)
    assert not first.complete
    assert retire(hub, OPERATOR, user_id="u-ada-4711") == first
    assert everything(hub) == before
    gone = RetirementReceipt(confirmed=True, detail="gone")
    record_answer(hub, person_pk=person.id, vendor="acme", seq=1, answer=gone)
    assert get_retirement(hub, OPERATOR, user_id="u-ada-4711").complete
    assert [one.id for one in list_retirements(hub, OPERATOR).items] == [first.id]
    assert get_retirement(hub, OPERATOR, user_id=first.retired_id).complete
    with pytest.raises(NotFound):
        get_retirement(hub, OPERATOR, user_id="retired-nobody")


def test_a_retired_user_is_gone_and_does_not_come_back(hub: Hub) -> None:
    a_person(hub)
    with pytest.raises(Forbidden):
        retire(hub, LMS, user_id="u-ada-4711")
    with pytest.raises(NotFound):
        retire(hub, OPERATOR, user_id="somebody")
    assert retire(hub, OPERATOR, user_id="u-ada-4711").complete
    with pytest.raises(NotFound):
        people.get_person(hub, LMS, user_id="u-ada-4711")
    with pytest.raises(Conflict) as refused:
        people.put_person(hub, LMS, user_id="u-ada-4711", settings=PersonSettings(username="x"))
    assert refused.value.problem_code == "person_retired"
    assert people.list_team(hub, LMS, course_id="c").items == ()


def test_stored_answers_about_the_learner_are_forgotten(hub: Hub) -> None:
    a_person(hub)
    made = clients.create(hub, OPERATOR, kind=clients.ClientKind.LMS, name="school")
    answers = {
        "/api/v1/attempts": b'{"user_id": "u-ada-4711"}',
        "/api/v1/people/u-ada-4711": b"{}",
        "/api/v1/exams": b'{"id": 1, "note": "u-ada-47110"}',
    }
    rows = [
        {
            "client_pk": made.client.pk,
            "path": path,
            "key": "k",
            "digest": "d",
            "status": 201,
            "response": hub.keyring.encrypt(body, context=answers_at_rest._CONTEXT),
            "created_at": START,
        }
        for path, body in answers.items()
    ]
    hub.database.write(lambda conn: conn.execute(idempotency.insert(), rows) and None)
    retire(hub, OPERATOR, user_id="u-ada-4711")
    with hub.database.read() as conn:
        assert list(conn.scalars(sa.select(idempotency.c.path))) == ["/api/v1/exams"]
