"""The words a decision is asked for by, and whether one was made already as it is asked for."""

from __future__ import annotations

from enum import StrEnum

import sqlalchemy as sa

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import DecisionKind
from proctor_hub.services.errors import Conflict
from proctor_hub.services.hub import Actor
from proctor_hub.storage import decisions as store
from proctor_hub.storage import people
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.storage.upsert import MAX_KEY

CHANGED = "attempt_changed"
"""Code of the refusal to act on an attempt that is not any more as it was seen."""


class DecisionWord(StrEnum):
    """What can be asked for: the three kinds, and ``revert``, the opposite of the verdict."""

    PASS = "pass"  # noqa: S105 - a decision, not a password
    FAIL = "fail"
    ESCALATE = "escalate"
    REVERT = "revert"


def repeated(
    conn: sa.Connection, record: AttemptRecord, actor: Actor, word: DecisionWord, reason: str
) -> DecisionKind:
    """The kind of the latest decision, where it is this very one, sent twice.

    For a changed attempt. :raises Conflict: somebody or something else changed it
    (``attempt_changed``); nothing was decided.
    """
    person = None if actor.person_pk is None else people.by_id(conn, actor.person_pk)
    decided = store.page(conn, record.id, at=MAX_KEY, newest_first=True, count=1)
    if decided and person is not None:
        last = decided[0]
        wanted = {DecisionKind.PASS, DecisionKind.FAIL}
        if word is not DecisionWord.REVERT:
            wanted = {DecisionKind(word)}
        if (last.user_id, last.reason) == (person.user_id, reason) and last.kind in wanted:
            return DecisionKind(last.kind)
    raise Conflict(
        noted(
            "This attempt has changed since you looked at it; nothing was decided. See how it "
            "stands "
            "now, and decide again if that is still right."
        ),
        code=CHANGED,
    )
