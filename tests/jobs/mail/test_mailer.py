"""Which e-mails there are, and which there are not: from a change to the sink (§5, §9)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from proctor_hub import AttemptRef, ReviewReceived, ReviewStatus, SessionReady
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.services import people
from proctor_hub.services.attempts import staff
from proctor_hub.services.callbacks import replay
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.errors import Conflict
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.retirement import retire
from proctor_hub.testing.fake_vendor import review_body
from tests.jobs.mail.post import Post, a_post
from tests.jobs.mail.sink import Sink
from tests.services.attempts.world import status_of
from tests.support import LMS, OPERATOR

S = AttemptStatus


@pytest.fixture
def post(database_url: str, sink: Sink) -> Iterator[Post]:
    with a_post(database_url, sink) as post:
        yield post


def test_submitted_unsatisfactory_and_satisfactory_after_the_revert(post: Post) -> None:
    world = post.world
    record = world.attempt(S.SUBMITTED)
    assert post.go() == ["submitted"]
    world.review(record, "suspicious")
    assert post.go() == ["submitted"], "nobody is told of a second review"
    decide(world.hub, world.prof, record.code, DecisionWord.FAIL, reason="phone")
    assert post.go() == ["submitted", "unsatisfactory"]
    assert "Your grade for this exam was set to 0." in post.last().as_string()
    decide(world.hub, world.prof, record.code, DecisionWord.REVERT, reason="not a phone")
    assert post.go() == ["submitted", "unsatisfactory", "satisfactory"]
    assert {to for _, (to,) in post.sink.envelopes} == {"ada@uni.example"}
    assert post.waiting() == []


@pytest.mark.parametrize("kind", [ExamType.PRACTICE, ExamType.ONBOARDING, ExamType.TIMED])
def test_other_exams_send_nothing(post: Post, kind: ExamType) -> None:
    world = post.world
    record = world.attempt(S.SUBMITTED, kind)
    if kind is not ExamType.TIMED:
        world.review(record, "passed")
    assert post.rows() == [] and post.go() == []
    # Not even where a row says so: an older or later version may have written it.
    real = world.attempt(S.SUBMITTED, user_id="bob")
    (row,) = post.waiting()
    assert row.attempt_pk == real.id
    with capture_logs() as logs:
        post.mailer.deliver(replace(row, attempt_pk=record.id))
    assert post.sink.mails == [] and logs[0]["reason"] == "the exam is not proctored"


def test_nothing_where_no_server_is_configured(post: Post) -> None:
    post.world.hub = replace(post.world.hub, mails=False)
    post.world.attempt(S.VERIFIED)
    assert post.rows() == []


def test_archived_attempts_send_nothing(post: Post) -> None:
    world = post.world
    record = world.attempt(S.REJECTED)
    staff.reset(world.hub, world.prof, record.code, reason="again")
    with capture_logs() as logs:
        assert post.go() == []
    assert [log["reason"] for log in logs if log["event"] == "mail_not_sent"] == [
        "the attempt was archived",
        "the attempt was archived",
    ]
    assert post.waiting() == [], "they count as delivered"
    world.review(record, "passed")
    assert len(post.rows()) == 2, "what comes later writes none"


def test_retirement_sends_nothing(post: Post) -> None:
    world = post.world
    world.attempt(S.REJECTED)
    in_memory = post.waiting()
    assert len(in_memory) == 2
    retire(world.hub, OPERATOR, user_id="ada")
    assert post.waiting() == [] and {row.payload["status"] for row in in_memory}
    assert [row.payload for row in post.rows()] == [{}, {}]
    assert post.go() == []
    with capture_logs() as logs:
        for row in in_memory:  # read by a relay before the retirement
            post.mailer.deliver(row)
    assert post.sink.mails == []
    assert [log["reason"] for log in logs] == ["the learner was retired"] * 2
    assert "ada" not in str(logs)


@pytest.mark.parametrize(
    "email", ["", "ada", "ada@x.example, eve@x.example", "a@x.example\nBcc: b"]
)
def test_no_address_no_mail(post: Post, email: str) -> None:
    post.world.attempt(S.SUBMITTED)
    people.put_person(post.world.hub, LMS, user_id="ada", settings=PersonSettings(email=email))
    with capture_logs() as logs:
        assert post.go() == []
    assert "no e-mail address" in logs[0]["reason"] and post.waiting() == []


def test_the_learner_is_read_when_the_mail_is_sent(post: Post) -> None:
    post.world.attempt(S.SUBMITTED)
    changed = PersonSettings(email="new@x.example", full_name="Ada Łovelace", language="de-AT")
    people.put_person(post.world.hub, LMS, user_id="ada", settings=changed)
    post.go()
    assert post.sink.envelopes == [("exams@site.example", ["new@x.example"])]
    last = post.last()
    assert last["To"] == "Ada Łovelace <new@x.example>"
    assert last["Subject"].startswith("Zur Überprüfung eingereicht: exam-")
    assert last["Content-Language"] == "de"


def test_the_sites_language_where_the_lms_told_none(database_url: str, sink: Sink) -> None:
    from tests.jobs.mail.post import SITE

    with a_post(database_url, sink, replace(SITE, language="de")) as post:
        post.world.attempt(S.SUBMITTED)
        post.go()
        assert post.last()["Content-Language"] == "de"


def test_sent_twice_it_can_be_recognised(post: Post) -> None:
    post.world.attempt(S.SUBMITTED)
    post.sink.drops = 1
    post.go()
    (row,) = post.waiting()
    assert row.tries == 1 and "ended the connection" in post.rows()[0].last_error
    post.world.clock.move(hours=1)
    post.go()
    assert post.sink.ids == [f"<{row.event_id}@hub.example>"] * 2
    assert post.waiting() == []
    post.mailer.deliver(row)
    assert len(set(post.sink.ids)) == 1


def test_a_refused_mail_holds_back_that_learners_exam_only(post: Post) -> None:
    world = post.world
    post.sink.refuse["ada@uni.example"] = "550 5.1.1 ada@uni.example unknown"
    world.attempt(S.VERIFIED)
    world.attempt(S.VERIFIED, user_id="bob")
    post.go()
    assert [to for _, (to,) in post.sink.envelopes] == ["bob@uni.example"] * 2
    assert [(row.kind, row.tries) for row in post.waiting()] == [
        ("submitted", 1),
        ("satisfactory", 0),
    ]
    assert "ada" not in post.rows()[0].last_error


def test_a_kind_of_a_later_version_waits_for_it(post: Post) -> None:
    post.world.attempt(S.SUBMITTED)
    (row,) = post.waiting()
    with pytest.raises(DeliveryFailed, match="upgrade") as caught:
        post.mailer.deliver(replace(row, kind="reminder"))
    assert not caught.value.hopeless and post.sink.mails == []


def test_several_threads_at_once(post: Post) -> None:
    for name in ("ada", "bob", "cyd", "dan"):
        post.world.attempt(S.VERIFIED, user_id=name)
    rows = post.waiting()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(post.mailer.deliver, rows))
    assert sorted(post.sink.ids) == sorted(f"<{row.event_id}@hub.example>" for row in rows)
    sent = {(mail["Message-ID"], mail["To"].addresses[0].username) for mail in post.sink.mails}
    assert len(sent) == 8 and {name for _, name in sent} == {"ada", "bob", "cyd", "dan"}


# --- never on replay ------------------------------------------------------------------------------


def test_a_repeated_review_mails_once(post: Post) -> None:
    record = post.world.attempt(S.SUBMITTED)
    for _ in range(3):
        post.world.review(record, "passed")
    assert post.go() == ["submitted", "satisfactory"]


def test_a_callback_that_took_effect_is_not_replayed(post: Post) -> None:
    record = post.world.attempt(S.SUBMITTED)
    post.world.review(record, "passed")
    with pytest.raises(Conflict):
        replay(post.world.hub, OPERATOR, post.world.callbacks()[-1].id)
    assert post.go() == ["submitted", "satisfactory"]


def test_a_replay_with_its_first_effect_tells_the_learner(post: Post) -> None:
    world, body = post.world, review_body("suspicious", reviewed_by="prof@uni.example")
    assert status_of(world.call(body, external_id="to-come")) == 404
    world.vendor().next_ids = ["to-come"]
    record = world.attempt(S.SUBMITTED)
    replay(world.hub, OPERATOR, world.callbacks()[0].id)
    assert world.fresh(record).status is S.REJECTED
    assert post.go() == ["submitted", "unsatisfactory"]


def test_vouching_with_its_first_effect_tells_the_learner(post: Post) -> None:
    world = post.world
    record = world.attempt(S.SUBMITTED)
    call = world.call(review_body("passed"), external_id=record.external_id, caller=None)
    assert status_of(call) == 401
    replay(world.hub, OPERATOR, world.callbacks()[-1].id, reason="asked them")
    assert world.fresh(record).status is S.VERIFIED
    assert post.go() == ["submitted", "satisfactory"]


def test_a_replayed_part_of_a_call_that_took_effect_mails_nothing(post: Post) -> None:
    """Two events in one call: one failed the learner, the other matched nothing."""
    world = post.world
    record = world.attempt(S.SUBMITTED)
    ref = AttemptRef(external_id=record.external_id)
    failed = ReviewReceived(
        attempt=ref, status=ReviewStatus.SUSPICIOUS, reviewed_by="prof@uni.example"
    )
    elsewhere = SessionReady(attempt=AttemptRef(external_id="unknown"))
    assert world.say(elsewhere, failed) == 404
    kept = world.callbacks()[-1]
    assert world.fresh(record).status is S.REJECTED
    world.review(record, "passed", reviewed_by="prof@uni.example")
    mailed = ["submitted", "unsatisfactory", "satisfactory"]
    assert post.go() == mailed
    replay(world.hub, OPERATOR, kept.id)
    assert world.fresh(record).status is S.REJECTED, "the named person's decision holds again"
    assert world.event_types(record)[-1] == "rejected", "and the LMS hears it"
    assert post.go() == mailed
