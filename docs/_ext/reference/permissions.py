"""``permissions.md``: who may do what."""

from __future__ import annotations

from proctor_hub.domain.words import Role
from proctor_hub.services.authorize import PERMISSIONS, Permission

from . import text

_INTRO = """
The table of `proctor_hub/services/authorize.py`. A machine has the role of its client. A person's
roles are read from the database at each call, never from the token: course team per course (set
by the LMS), support and operator (set on the command line). Learners act on what is their own
only. A vendor's client is for callbacks and opens nothing under `/api/v1`.
"""


def build() -> str:
    """The page."""
    roles = [role for role in Role if PERMISSIONS[role]]
    rows = (
        [one.value, *("yes" if one in PERMISSIONS[role] else "-" for role in roles)]
        for one in Permission
    )
    return text.page(
        "Roles and permissions",
        _INTRO,
        text.table(["may", *(role.replace("_", " ") for role in roles)], rows),
    )
