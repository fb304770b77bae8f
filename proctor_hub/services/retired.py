"""The id that takes the place of a retired learner's LMS user id."""

from __future__ import annotations

import hashlib
import hmac

from proctor_hub.services.keyring import Keyring

PREFIX = "retired-"


def retired_ids(keyring: Keyring, user_id: str) -> list[str]:
    """What stands for a retired user id, by each key held; the first one writes.

    Keyed, so that nobody without the key can try user ids; the same id gives the same result, so
    that a second retirement finds the first, and a user the LMS sends again is recognised.
    """
    return [
        PREFIX + hmac.digest(key, user_id.encode(), hashlib.sha256).hex()[:40]
        for key in keyring.derive("retired user ids")
    ]
