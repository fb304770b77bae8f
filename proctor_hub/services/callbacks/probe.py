"""Proof that a callback's public address leads to this very hub: a question only who holds the
hub's keys can ask, and an answer only who holds them can give.

The question is a header on a call of the callback's own path, so that DNS, TLS, proxies and the
path are those the vendor will meet. It is answered before anything is read or stored; without a
valid question a call is an ordinary callback, so the header opens nothing.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from proctor_hub.services.keyring import Keyring

HEADER = "Proctor-Hub-Probe"
"""Of the question and of the answer."""

GOOD_FOR_SECONDS = 300
"""How old a question may be; more than clocks of one hub's machines differ."""

_PURPOSE = "callback probe"


def ask(keyring: Keyring, now: datetime) -> str:
    """A question, never the same twice: what :data:`HEADER` of the call has to be."""
    said = f"{int(now.timestamp())}.{secrets.token_urlsafe(16)}"
    return f"{said}.{_seal(keyring.derive(_PURPOSE)[0], 'question', said)}"


def answer(keyring: Keyring, question: str, now: datetime) -> str | None:
    """The answer to a question that was asked with one of our keys; None: it was not."""
    said, _, seal = question.rpartition(".")
    moment = said.partition(".")[0]
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return None
    if abs(now.timestamp() - int(moment)) > GOOD_FOR_SECONDS:
        return None
    keys = keyring.derive(_PURPOSE)
    asked = [key for key in keys if _same(_seal(key, "question", said), seal)]
    return _seal(asked[0], "answer", question) if asked else None


def is_answer(keyring: Keyring, question: str, given: str) -> bool:
    """Whether ``given`` answers ``question``: who gave it holds our keys."""
    keys: Sequence[bytes] = keyring.derive(_PURPOSE)
    return any([_same(_seal(key, "answer", question), given) for key in keys])


def _seal(key: bytes, kind: str, text: str) -> str:
    return hmac.digest(key, f"{kind}\n{text}".encode("utf-8", "replace"), "sha256").hex()


def _same(ours: str, given: str) -> bool:
    return hmac.compare_digest(ours.encode(), given.encode("utf-8", "replace"))
