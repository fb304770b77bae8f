"""Claims raced: one of two claimers holds it, and a claim and a decision never both win."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.services import retirement
from proctor_hub.services.decisions import DecisionWord, decide
from proctor_hub.services.errors import Conflict
from proctor_hub.services.hub import Actor
from proctor_hub.services.review_claims import claim
from proctor_hub.storage import tables as t
from tests.races.racing import clean, race
from tests.races.scenes import Scene
from tests.services.attempts.world import World
from tests.support import OPERATOR

ROUNDS = 8


def _holders(scene: Scene) -> list[int]:
    query = sa.select(t.review_claims.c.person_pk).where(
        t.review_claims.c.attempt_pk == scene.record.id
    )
    with scene.hub.database.read() as conn:
        return list(conn.scalars(query))


def _claim(scene: Scene, actor: Actor) -> object:
    return claim(scene.hub, actor, scene.record.code).person_pk


def _fail(scene: Scene, actor: Actor) -> object:
    return decide(scene.hub, actor, scene.record.code, DecisionWord.FAIL, reason="a phone")


def test_one_of_two_claimers_holds_it(racing: World) -> None:
    for turn in range(ROUNDS):
        scene = Scene(racing)
        scene.judged()
        if turn % 2:
            # One that has run out is in nobody's way, and is taken over once.
            _claim(scene, scene.prof)
            racing.clock.at += timedelta(minutes=racing.hub.limits.claim_minutes)
        endings = race(partial(_claim, scene, scene.prof), partial(_claim, scene, scene.tom))
        clean(endings)
        (lost,) = [one.error for one in endings if one.error is not None]
        assert isinstance(lost, Conflict)
        assert lost.problem_code == "claimed_by_another"
        assert _holders(scene) == [one.value for one in endings if one.error is None]


def test_a_claim_and_a_decision_never_both_win(racing: World) -> None:
    for _ in range(ROUNDS):
        scene = Scene(racing)
        scene.judged()
        endings = race(partial(_claim, scene, scene.prof), partial(_fail, scene, scene.tom))
        clean(endings)
        (lost,) = [one.error for one in endings if one.error is not None]
        assert isinstance(lost, Conflict)
        if endings[0].error is None:
            assert lost.problem_code == "claimed_by_another"
            assert _holders(scene) == [scene.prof.person_pk]
        else:
            assert lost.problem_code == "no_second_review"
            assert racing.fresh(scene.record).status is AttemptStatus.REJECTED
            assert _holders(scene) == []


def test_who_is_retired_meanwhile_holds_nothing(racing: World) -> None:
    for turn in range(ROUNDS):
        scene = Scene(racing)
        scene.judged()
        name = f"ted-{turn}"
        ted = scene._team(name)
        endings = race(
            partial(_claim, scene, ted),
            partial(retirement.retire, scene.hub, OPERATOR, user_id=name),
        )
        clean(endings)
        assert endings[1].error is None
        assert _holders(scene) == []
