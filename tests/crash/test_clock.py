"""The clock is set back by an hour in the middle of everything: nothing is lost, nothing waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from proctor_hub.jobs.delivery import DeliveryFailed, Patience
from proctor_hub.jobs.relay import Relay
from proctor_hub.services.access import idempotency
from proctor_hub.services.attempts.sweep import sweep
from proctor_hub.services.deliveries import list_deliveries
from proctor_hub.storage import idempotency as store
from proctor_hub.storage import tables as t
from proctor_hub.storage.deliveries import DeliveryState
from proctor_hub.storage.idempotency import Claim
from proctor_hub.storage.outbox import OutboxRow
from tests.races.audit import audit
from tests.support import OPERATOR
from tests.web.site import COURSE, Site, a_site

HOUR = {"hours": -1}


@pytest.fixture
def site(database_url: str) -> Iterator[Site]:
    with a_site(database_url, vendors={"acme": {"has_stop_call": True}}) as made:
        made.course()
        made.team("tom")
        yield made
        audit(made.hub.database, mails=False)


class Lms:
    """Takes events, or is down."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.down = False

    def deliver(self, row: OutboxRow) -> None:
        if self.down:
            raise DeliveryFailed("down", retry_after=600)
        self.taken.append(row.event_id)


@pytest.fixture
def lms() -> Lms:
    return Lms()


@pytest.fixture
def relay(site: Site, lms: Lms) -> Iterator[Relay]:
    made = Relay(site.hub, {"lms": lms.deliver}, patience=Patience(jitter=lambda: 0.5))
    yield made
    made.stop()


def _waiting(site: Site) -> int:
    found = list_deliveries(site.hub, OPERATOR, state=DeliveryState.WAITING, limit=200)
    return len(found.items)


def test_what_is_new_and_what_was_put_off_is_delivered(site: Site, relay: Relay, lms: Lms) -> None:
    code = site.taken(site.exam(), _person(site, "ann"))
    lms.down = True
    relay.run_once()
    assert _waiting(site)
    relay.run_once()
    assert lms.taken == [], "put off"
    site.clock.move(**HOUR)
    lms.down = False
    assert site.review(code, "passed").status_code in (200, 201)
    relay.run_once()  # also tells the vendor, which accepts the end
    relay.run_once()
    assert _waiting(site) == 0
    with site.hub.database.read() as conn:
        events = conn.scalars(
            sa.select(t.outbox.c.event_id).where(t.outbox.c.destination == "lms")
            .order_by(t.outbox.c.seq)
        ).all()  # fmt: skip
    assert lms.taken == list(events)
    assert site.ok("GET", f"/attempts/{code}")["status"] == "verified"


def test_a_small_correction_keeps_the_pauses(site: Site, relay: Relay, lms: Lms) -> None:
    site.taken(site.exam(), _person(site, "ann"))
    lms.down = True
    relay.run_once()
    lms.down = False
    site.clock.move(seconds=-1)
    relay.run_once()
    assert lms.taken == []


def test_an_exam_goes_on(site: Site, relay: Relay) -> None:
    """Started before, ended after: nobody gains or loses more than the clock says."""
    exam = site.exam()
    codes = {}
    for name in ("ann", "bob", "cyd", "dan"):
        codes[name] = site.attempt(exam, _person(site, name))["code"]
        site.ready(codes[name])
    for name in ("ann", "bob", "cyd"):
        site.act(codes[name], "start")
    site.clock.move(**HOUR)
    assert sweep(site.hub) == 0
    # "Ready" was said an hour from now; the learner waits for nothing.
    assert site.act(codes["dan"], "start")["time_left"]["seconds"] == 1800
    assert site.act(codes["ann"], "submit")["status"] == "completed"
    assert site.act(codes["bob"], "fault")["status"] == "error"
    resumed = site.ok("POST", f"/attempts/{codes['bob']}/resume", "tom", {"reason": "go on"})
    left = _row(site, resumed["code"])["seconds_left"]
    assert 0 < left <= 1800, left
    ann = _row(site, codes["ann"])
    assert ann["started_at"] <= ann["completed_at"]
    relay.run_once()
    site.clock.move(hours=2)
    sweep(site.hub)
    assert site.ok("GET", f"/attempts/{codes['cyd']}")["status"] in ("timed_out", "submitted")


def test_what_was_over_stays_over(site: Site) -> None:
    exam = site.exam()
    code = site.attempt(exam, _person(site, "ann"))["code"]
    site.ready(code)
    site.act(code, "start")
    site.clock.move(minutes=31)
    assert sweep(site.hub) == 1
    site.clock.move(**HOUR)
    again = site.call("POST", f"/attempts/{code}/actions", body={"action": "submit"})
    assert again.status_code == 409
    assert site.ok("GET", f"/attempts/{code}")["status"] == "timed_out"


def test_tokens_and_keys_hold(site: Site) -> None:
    exam = site.exam()
    _person(site, "ann")
    headers = {"Idempotency-Key": "once", "Authorization": f"Bearer {site.token('lms')}"}
    body = {"exam_id": exam, "user_id": "ann"}
    first = site.http.post("/api/v1/attempts", json=body, headers=headers)
    site.clock.move(**HOUR)
    second = site.http.post("/api/v1/attempts", json=body, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second.content == first.content


def test_a_key_that_a_dead_process_had_claimed_is_free_again(site: Site) -> None:
    claim = Claim(client_pk=site.lms.pk, path="/x POST", key="k", digest="d")
    runs: list[int] = []

    def work() -> idempotency.StoredAnswer:
        runs.append(1)
        return idempotency.StoredAnswer(status=201, body=b"{}")

    now = site.hub.now()
    assert site.hub.database.write(
        lambda conn: store.claim(conn, claim, now=now, expired=now, dead=now)
    )
    site.clock.move(**HOUR)
    assert idempotency.once(site.hub, claim, work).status == 201
    assert runs == [1]


def _person(site: Site, name: str) -> str:
    site.person(name, course_id=COURSE)
    return name


def _row(site: Site, code: str) -> Any:
    with site.hub.database.read() as conn:
        return conn.execute(t.attempts.select().where(t.attempts.c.code == code)).one()._mapping
