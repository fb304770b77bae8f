"""What still arrives about an erased learner is counted and answered; its content is not kept."""

from __future__ import annotations

from proctor_hub.domain.words import AttemptStatus as S
from proctor_hub.domain.words import ReviewStatus
from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.services.retirement import retire
from proctor_hub.storage.tables import attempts, decisions
from tests.services.attempts.world import World
from tests.support import OPERATOR

SEEN = {"text": "Ada looks away", "status": "suspicious", "start": 3, "stop": 4, "duration": 1}


def test_a_review_after_the_retirement_leaves_its_status_only(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    retire(world.hub, OPERATOR, user_id="ada")
    assert world.review(record, "suspicious", incidents=[SEEN]) == 200
    (review,) = world.reviews(record)
    assert review.status == ReviewStatus.SUSPICIOUS
    assert [incident["text"] for incident in review.incidents] == [""]
    assert unseal(world.hub.keyring, world.callbacks()[-1].request).body == b""
    (row,) = world.rows(attempts, attempts.c.id == record.id)
    assert (row.suspicious_count, row.suspicious_comments) == (1, "")
    assert world.fresh(record).status is S.SUBMITTED


def test_a_call_about_a_replaced_session_is_emptied_too(world: World) -> None:
    record = world.attempt(S.READY_TO_START)
    former = record.external_id
    world.hub.database.write(
        lambda conn: conn.execute(attempts.update().values(external_id="another"))
    )
    retire(world.hub, OPERATOR, user_id="ada")
    world.call(b'{"status": "passed"}', external_id=former)
    kept = world.callbacks()[-1]
    assert (kept.outcome, kept.attempt_pk) == ("stored", record.id)
    assert unseal(world.hub.keyring, kept.request).body == b""


def test_an_erased_member_of_the_team_is_named_in_no_review(world: World) -> None:
    record = world.attempt(S.SUBMITTED)
    world.review(record, "suspicious", reviewed_by="prof@uni.example")
    (decision,) = world.rows(decisions)
    assert decision.review_pk == world.reviews(record)[0].id
    retire(world.hub, OPERATOR, user_id="prof")
    assert [review.reviewed_by for review in world.reviews(record)] == [None]
    assert world.fresh(record).status is S.REJECTED
