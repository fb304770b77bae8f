"""Reviews that came early and could not be applied at the submit: tried again by the clock.

At the submit a broken plugin must not keep the learner from being done, so the review stays held
(``services.reviews.apply_held``). Once the plugin is mended nobody calls again: this does.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.errors import ProctorHubError
from proctor_hub.services.hub import CLOCK, Hub
from proctor_hub.services.pacing import is_ending
from proctor_hub.services.reviews import apply_held
from proctor_hub.services.transitions import Transition
from proctor_hub.storage import attempt_lists
from proctor_hub.storage import attempts as store

_AT_ONCE = 200
_log = structlog.get_logger("proctor_hub.held")


def apply_held_reviews(hub: Hub) -> int:
    """Apply what is still held of submitted attempts; return of how many attempts it was."""
    applied, after = 0, 0
    while not is_ending():
        with hub.database.read() as conn:
            found = attempt_lists.held(conn, after=after, count=_AT_ONCE)
        if not found:
            break
        applied += sum(_apply(hub, pk) for pk in found)
        after = found[-1]
    return applied


def _apply(hub: Hub, pk: int) -> bool:
    def unit(conn: sa.Connection) -> bool:
        record = store.by_id(conn, pk, lock=True)
        if record is None or not record.live or record.status is not AttemptStatus.SUBMITTED:
            return False
        # Nothing is written, not even that it was tried, where the plugin still refuses.
        if record.vendor in hub.vendors.broken:
            return False
        tr = Transition(hub, conn, record, actor=CLOCK)
        apply_held(hub, tr)
        if tr.record.held:
            raise _StillHeld
        tr.save()
        return True

    try:
        return hub.database.write(unit)
    except _StillHeld:
        return False
    except (ProctorHubError, SQLAlchemyError) as error:
        # One attempt must not keep the others waiting; the next round tries it again.
        _log.error("held_review_failed", attempt=pk, reason=type(error).__name__)
        return False


class _StillHeld(Exception):
    """The plugin raised again: roll back, so that no line of history is added each round."""
