"""May the exam's content be shown: the LMS asks with attempt and proof (wire, domain §3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from proctor_hub.domain.labels import label
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import RUNNING, AttemptStatus
from proctor_hub.services.attempts.learner import own_attempt
from proctor_hub.services.attempts.reading import up_to_date
from proctor_hub.services.attempts.vendors import description_of
from proctor_hub.services.checks import storable
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import attempts as store
from proctor_hub.storage.records import AttemptRecord

_PURPOSE = "exam proof"
_ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamAccess:
    """Whether content may be shown, and until when. ``reason`` says why not."""

    may_show: bool
    until: datetime | None
    status: AttemptStatus
    proof_accepted: bool
    reason: str = ""


def issue_proof(hub: Hub, record: AttemptRecord) -> str:
    """A signed proof that the learner came into **this** attempt through the vendor's tool."""
    expires = hub.now() + timedelta(seconds=hub.limits.proof_seconds)
    claims = {"sub": record.code, "aud": _PURPOSE, "exp": int(expires.timestamp())}
    key = OctKey.import_key(hub.keyring.derive(_PURPOSE)[0])
    return jwt.encode({"alg": _ALGORITHM}, claims, key)


def check(
    hub: Hub, actor: Actor, code: str, proof: str | None, *, proven_attempt_pk: int | None = None
) -> ExamAccess:
    """What the LMS may show of the exam for this attempt and proof.

    A proof is needed where the vendor's own browser is the exam window; it holds for its attempt
    alone, so one of another attempt, or of one that was reset, opens nothing.

    :param proven_attempt_pk: the attempt whose proof the sign-in of this browser was made for.
    :raises NotFound: no such attempt.
    """
    with hub.database.read() as conn:
        record = own_attempt(conn, actor, code, lock=False)
    record = up_to_date(hub, record)
    description = description_of(hub, record.vendor)
    needed = record.vendor is not None and (description is None or description.needs_exam_proof)
    accepted = proven_attempt_pk == record.id or (
        proof is not None and _is_proof(hub, record.code, proof)
    )
    reason = _refusal(record, needed=needed, accepted=accepted)
    return ExamAccess(
        may_show=not reason,
        until=record.deadline_at if not reason else None,
        status=record.status,
        proof_accepted=accepted,
        reason=reason,
    )


def proven(hub: Hub, code: str, proof: str) -> AttemptRecord | None:
    """The live attempt that the proof was issued for; None where it proves nothing (any more)."""
    if not storable(code) or not _is_proof(hub, code, proof):
        return None
    with hub.database.read() as conn:
        record = store.by_code(conn, code)
    return record if record is not None and record.live else None


def _refusal(record: AttemptRecord, *, needed: bool, accepted: bool) -> str:
    if not record.live:
        return noted("the attempt is archived")
    if record.status not in RUNNING:
        return told("the attempt is “%(status)s”, not running", status=label(record.status))
    if needed and not accepted:
        return noted("open the exam in the vendor's secure browser")
    return ""


def _is_proof(hub: Hub, code: str, proof: str) -> bool:
    for secret in hub.keyring.derive(_PURPOSE):
        try:
            token = jwt.decode(proof, OctKey.import_key(secret), algorithms=[_ALGORITHM])
        except (JoseError, ValueError):
            continue
        claims = token.claims
        fresh = isinstance(claims.get("exp"), int) and claims["exp"] > hub.now().timestamp()
        return fresh and claims.get("aud") == _PURPOSE and claims.get("sub") == code
    return False
