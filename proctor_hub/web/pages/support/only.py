"""The door of support's room."""

from __future__ import annotations

from proctor_hub.domain.told import noted
from proctor_hub.domain.words import Role
from proctor_hub.services.errors import Forbidden
from proctor_hub.web.pages.visits import Visit


def ensure_support(visit: Visit) -> None:
    """The visitor is support.

    :raises Forbidden: by no role of theirs.
    """
    if Role.SUPPORT not in visit.standing:
        raise Forbidden(noted("Only support sees the second reviews of all courses."))
