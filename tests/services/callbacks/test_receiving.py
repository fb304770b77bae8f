"""One call from arrival to answer: nothing is lost, nothing foreign is touched (§4, design §3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from proctor_hub import AttemptRef, SessionReady, Unrecognised
from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services.callbacks import list_callbacks, receive, replay, show_callback
from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.services.callbacks.listing import of_attempt
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Limits
from proctor_hub.testing.fake_vendor import review_body
from tests.services.attempts.world import World, a_world, answer_of, assert_explained, status_of
from tests.support import OPERATOR

S = AttemptStatus


@pytest.fixture
def two(database_url: str) -> Iterator[World]:
    """Two accounts of one plugin."""
    with a_world(database_url, vendors={"acme": {}, "acme-eu": {}}) as world:
        yield world


def outcomes(world: World) -> list[tuple[str, int]]:
    return [(row.outcome, row.status) for row in world.callbacks()]


def test_what_was_applied_is_kept_encrypted_and_shown_without_secrets(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    body = b'{"status": "passed", "video_url": "https://v.example/1", "note": "https://x"}'
    assert answer_of(world.call(body, external_id=record.external_id)).body == '"OK"'
    row = world.callbacks()[-1]
    assert b"passed" not in row.request and row.attempt_pk == record.id
    kept = unseal(world.hub.keyring, row.request)
    assert kept.body == body and "authorization" not in kept.headers
    shown = show_callback(world.hub, OPERATOR, row.id)
    assert shown.content == {"status": "passed", "video_url": "…", "note": "…"}
    assert of_attempt(world.hub, world.prof, record.code).items[-1].id == row.id
    with pytest.raises(Forbidden):
        show_callback(world.hub, world.prof, row.id)


def test_an_unmatched_call_is_404_kept_and_replayed_once_it_matches(world: World) -> None:
    exam = world.exam()
    body = review_body("passed")
    assert status_of(world.call(body, external_id="to-come")) == 404
    (kept,) = world.callbacks()
    world.vendor().next_ids = ["to-come"]
    record = world.attempt(S.SUBMITTED, exam=exam)
    done = replay(world.hub, OPERATOR, kept.id)
    assert (done.outcome.status, done.attempt_code) == (200, record.code)
    assert world.fresh(record).status is S.VERIFIED
    (row, *_) = world.callbacks()
    assert (row.outcome, row.attempt_pk, row.replayed_at) == ("applied", record.id, world.hub.now())
    assert world.reviews(record)[0].callback_pk == kept.id
    with pytest.raises(Conflict):
        replay(world.hub, OPERATOR, kept.id)


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"{", b'{"status": "odd"}', b'{"status": "\\u0000"}', b"[" * 9000]
)
def test_an_unparsable_call_is_422_with_the_reason_and_kept(world: World, body: bytes) -> None:
    record = world.attempt(S.SUBMITTED)
    answer = answer_of(world.call(body, external_id=record.external_id))
    assert answer.status == 422 and "unparsable" in answer.body
    assert outcomes(world)[-1] == ("unparsable", 422)
    assert unseal(world.hub.keyring, world.callbacks()[-1].request).body == body
    assert world.fresh(record).status is S.SUBMITTED


def test_a_reason_with_odd_characters_is_kept_too(world: World) -> None:
    assert world.say(Unrecognised(reason="nul \0 \ud800" + "x" * 9000)) == 422
    assert len(world.callbacks()[0].detail) == 500


@pytest.mark.parametrize("hook", ["parse_callback", "classify_review"])
def test_a_plugin_that_raises_loses_nothing_and_the_call_is_replayed(
    world: World, hook: str
) -> None:
    record = world.attempt(S.SUBMITTED)
    world.vendor().broken = {hook}
    assert world.review(record) == 422
    kept = world.callbacks()[-1]
    assert (kept.outcome, world.fresh(record).status) == ("unparsable", S.SUBMITTED)
    world.vendor().broken = set()
    assert replay(world.hub, OPERATOR, kept.id).outcome.status == 200
    assert world.fresh(record).status is S.VERIFIED


def test_a_plugin_that_cannot_acknowledge_hides_nothing(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    world.vendor().broken = {"acknowledge_callback"}
    assert world.review(record) == 200
    assert world.fresh(record).status is S.VERIFIED


def test_a_plugin_that_cannot_authenticate_is_believed_nothing(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    world.vendor().broken = {"authenticate_callback"}
    assert world.review(record) == 503
    assert world.fresh(record).status is S.SUBMITTED
    row = world.callbacks()[-1]
    assert (row.outcome, row.quarantined) == ("refused", True)


def test_a_defect_of_ours_keeps_the_bytes(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    record = world.attempt(S.SUBMITTED)
    with monkeypatch.context() as patch:
        patch.setattr("proctor_hub.services.callbacks.applying.reviews.judge", lambda *a: 1 / 0)
        assert world.review(record) == 500
    row = world.callbacks()[-1]
    assert (row.outcome, row.detail) == ("conflict", "not applied: ZeroDivisionError")
    assert replay(world.hub, OPERATOR, row.id).outcome.code == "applied"
    assert world.fresh(record).status is S.VERIFIED


def test_an_account_touches_its_own_attempts_only(two: World) -> None:
    record = two.attempt(S.SUBMITTED)
    by_id = AttemptRef(external_id=record.external_id)
    by_code = AttemptRef(attempt_code=record.code)
    both = AttemptRef(attempt_code=record.code, external_id=record.external_id)
    for ref in (by_id, by_code, both):
        assert two.say(SessionReady(attempt=ref), slug="acme-eu") == 404
    assert outcomes(two)[-3:] == [("unmatched", 404)] * 3
    assert {row.attempt_pk for row in two.callbacks()[-3:]} == {None}
    assert len(two.history(record)) == 5


NAMES = [
    (True, None, 200),
    (True, "same", 200),
    (True, "SAME", 200),
    (True, "other", 404),
    (False, None, 404),
    (False, "nul\0", 404),
    (False, "\ud800", 404),
]


@pytest.mark.parametrize(("by_code", "external_id", "status"), NAMES)
def test_which_names_match(
    world: World, by_code: bool, external_id: str | None, status: int
) -> None:
    world.vendor().next_ids = ["same"]
    record = world.created()
    code = record.code if by_code else None
    ref = AttemptRef(attempt_code=code, external_id=external_id)
    assert world.say(SessionReady(attempt=ref)) == status
    assert (world.fresh(record).status is S.READY_TO_START) == (status == 200)


def test_several_events_in_one_call_are_one_commit_and_the_worst_answer(world: World) -> None:
    ada, bob = world.created(), world.created(user_id="bob")
    ready = [SessionReady(attempt=AttemptRef(external_id=r.external_id)) for r in (ada, bob)]
    unknown = SessionReady(attempt=AttemptRef(external_id="unknown"))
    assert world.say(unknown, *ready) == 404
    assert world.fresh(ada).status is world.fresh(bob).status is S.READY_TO_START
    (row,) = world.callbacks()
    assert (row.outcome, row.attempt_pk) == ("unmatched", ada.id)
    assert replay(world.hub, OPERATOR, row.id).outcome.status == 404
    assert world.event_types(ada) == ["created", "ready"]
    assert world.say() == 200
    assert outcomes(world)[-1] == ("stored", 200)


def test_refused_calls_are_quarantined_within_bounds_then_only_counted(
    database_url: str,
) -> None:
    limits = Limits(quarantine_items_per_source=2, quarantine_bytes_per_source=100)
    with a_world(database_url, limits=limits) as world:
        answers = [
            status_of(world.call(b"x" * size, caller=None, source=source))
            for source, size in [
                ("192.0.2.1", 40),
                ("192.0.2.1", 70),
                ("192.0.2.1", 60),
                ("192.0.2.1", 0),
                ("2001:db8::1", 10),
                ("2001:db8::2", 10),
                ("2001:db8::3", 10),
                ("nonsense", 10),
            ]
        ]
        assert answers == [401] * 8
        kept = [(row.source, row.size) for row in world.callbacks()]
        assert kept == [
            ("192.0.2.1", 40),
            ("192.0.2.1", 60),
            ("2001:db8::/64", 10),
            ("2001:db8::/64", 10),
            ("unknown", 10),
        ]
        page = list_callbacks(world.hub, OPERATOR, quarantined=True, limit=3)
        assert len(page.items) == 3 and page.next_cursor is not None


def test_vouching_frees_the_place_in_quarantine_once(database_url: str) -> None:
    with a_world(database_url, limits=Limits(quarantine_items_per_source=1)) as world:
        record = world.attempt(S.SUBMITTED)
        body = review_body("passed")

        before = len(world.callbacks())

        def forged() -> int:
            world.call(body, external_id=record.external_id, caller=None)
            return len(world.callbacks()) - before

        assert (forged(), forged()) == (1, 1)
        replay(world.hub, OPERATOR, world.callbacks()[-1].id, reason="confirmed by phone")
        assert (forged(), forged()) == (2, 2)


def test_a_replay_for_an_account_that_is_not_there_is_refused(world: World) -> None:
    world.call(review_body("passed"), slug=None)
    kept = world.callbacks()[-1]
    with pytest.raises(Invalid):
        replay(world.hub, OPERATOR, kept.id, reason="a test", vendor="nobody")
    assert world.callbacks()[-1].quarantined


def test_one_takes_effect_only_when_an_operator_vouches_with_a_reason(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    body = review_body("passed")
    assert status_of(world.call(body, external_id=record.external_id, caller=None)) == 401
    assert world.fresh(record).status is S.SUBMITTED
    kept = world.callbacks()[-1]
    assert (kept.quarantined, kept.vendor) == (True, "acme")
    for reason in ("", "  "):
        with pytest.raises(Invalid):
            replay(world.hub, OPERATOR, kept.id, reason=reason)
    for stranger in (world.prof, world.sue, world.learner("ada")):
        with pytest.raises(Forbidden):
            replay(world.hub, stranger, kept.id, reason="I believe it")
    replay(world.hub, OPERATOR, kept.id, reason="the vendor confirmed it by phone")
    assert world.fresh(record).status is S.VERIFIED
    row = world.callbacks()[-1]
    assert (row.vouched_by, row.vouched_reason, row.quarantined) == (
        OPERATOR.id,
        "the vendor confirmed it by phone",
        False,
    )
    assert_explained(world, record)


def test_a_call_for_no_account_needs_one_named_to_be_believed(world: World) -> None:
    record = world.created()
    call = {"external_id": record.external_id, "route": "ready"}
    assert status_of(world.call(slug=None, **call)) == 401  # type: ignore[arg-type]
    assert status_of(world.call(slug="unheard-of", **call)) == 401  # type: ignore[arg-type]
    first, second = world.callbacks()
    with pytest.raises(Invalid):
        replay(world.hub, OPERATOR, first.id, reason="x")
    assert replay(world.hub, OPERATOR, first.id, reason="x", vendor="acme").outcome.status == 200
    assert world.fresh(record).status is S.READY_TO_START
    assert second.vendor == "unheard-of"
    with pytest.raises(NotFound):
        replay(world.hub, OPERATOR, 99)


def test_a_code_that_no_attempt_has_is_not_found(world: World) -> None:
    sealed = _sealed_ready(world, "x")
    request = replace(unseal(world.hub.keyring, sealed), path_params={"attempt_code": "NONE"})
    answer = answer_of(receive(world.hub, None, request))
    assert (answer.status, answer.content_type) == (404, "application/problem+json")
    assert "no attempt has this code" in str(answer.body)
    assert outcomes(world)[-1] == ("refused", 404)


def test_calls_to_a_broken_account_are_to_be_made_again(database_url: str) -> None:
    with a_world(database_url) as world:
        record = world.created()
        request = unseal(world.hub.keyring, _sealed_ready(world, record.external_id or ""))
    with a_world(database_url, vendors={"acme": {"readiness_minutes": "soon"}}) as broken:
        assert status_of(receive(broken.hub, "acme", request)) == 503
        row = broken.callbacks()[-1]
        assert (row.outcome, row.quarantined, row.vendor) == ("refused", True, "acme")


def _sealed_ready(world: World, external_id: str) -> bytes:
    world.call(external_id=external_id, route="ready")
    sealed: bytes = world.callbacks()[-1].request
    return sealed
