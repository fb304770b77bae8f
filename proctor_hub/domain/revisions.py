"""Revisions: what an arriving review is, next to those that came before it (domain §4)."""

from __future__ import annotations

from enum import StrEnum


class Arrival(StrEnum):
    """What an arriving review is. ``may_move`` and ``is_stored`` say what follows."""

    SAME_AS_LATEST = "same_as_latest"
    """Equal to the latest revision: changes nothing, is no new revision."""
    NEW = "new"
    """A new revision that takes effect; also one that an entitled person's decision makes so."""
    REPEAT_OF_OLDER = "repeat_of_older"
    """Equal to an older revision: stored and flagged, moves nothing."""
    OUT_OF_ORDER = "out_of_order"
    """Older than the latest by the plugin's own order: stored, moves nothing."""

    @property
    def is_stored(self) -> bool:
        """True where it becomes a revision."""
        return self is not Arrival.SAME_AS_LATEST

    @property
    def may_move(self) -> bool:
        """True where the disposition of the review is applied."""
        return self is Arrival.NEW

    @property
    def is_latest(self) -> bool:
        """True where it becomes the latest revision, whose label and counts the report shows.

        A repeat is the latest by order of arrival; only an order of the plugin's says otherwise.
        """
        return self in (Arrival.NEW, Arrival.REPEAT_OF_OLDER)


def compare_revision(
    *,
    incoming_digest: str,
    latest_digest: str | None,
    older_digest_known: bool = False,
    incoming_order: str | None = None,
    latest_order: str | None = None,
    named_decision: bool = False,
    decided: bool = False,
) -> Arrival:
    """Compare an arriving review with the revisions of its attempt.

    ``*_digest``: of the body, ``latest_digest`` None where there is no revision yet.
    ``older_digest_known``: a revision before the latest has the incoming digest.
    ``*_order``: what the plugin supplies (time, sequence), compared as text; it decides where both
    reviews have one. ``named_decision``: the review names an entitled ``reviewed_by``, so it is a
    decision, which outranks vendor reviews earlier and later; a late one yields only to a decision
    that was already made (``decided``), as a later decision replaces an earlier one.
    """
    if latest_digest is None:
        return Arrival.NEW
    if incoming_digest == latest_digest:
        return Arrival.SAME_AS_LATEST
    if incoming_order is not None and latest_order is not None and incoming_order != latest_order:
        late = incoming_order < latest_order
        if late and not (named_decision and not decided):
            return Arrival.OUT_OF_ORDER
        return Arrival.NEW
    if older_digest_known and not named_decision:
        return Arrival.REPEAT_OF_OLDER
    return Arrival.NEW
