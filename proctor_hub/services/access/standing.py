"""What a person is anywhere, for the navigation of pages; entitlement is asked for each thing."""

from __future__ import annotations

from proctor_hub.domain.words import Role
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import access


def standing(hub: Hub, actor: Actor) -> frozenset[Role]:
    """The person's roles in any course and everywhere, within what they signed in for."""
    if actor.person_pk is None:
        return frozenset()
    with hub.database.read() as conn:
        found = access.standing_of(conn, actor.person_pk, actor.course_pk)
    return found if actor.only is None else found & actor.only
