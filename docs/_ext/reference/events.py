"""``events.md``: what the LMS hears, by running the domain's own function over every move."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping

from proctor_hub.domain.effects import (
    CreditStatus,
    Effect,
    EventSpec,
    EventType,
    escalation_event,
    events_for,
    mail_for,
    reset_event,
    resume_event,
)
from proctor_hub.domain.moves import MOVES
from proctor_hub.domain.words import AttemptStatus, ExamType
from proctor_hub.services import transitions

from . import text

FIELDS: Mapping[str, str] = {
    "id": "the event's id (UUID); the same at every delivery",
    "sequence": "counts up per learner and exam; gaps are possible, steps back are not",
    "type": "the event; see the table below",
    "occurred_at": "when it happened, ISO 8601 UTC",
    "course_id": "the LMS's id of the course",
    "content_id": "the LMS's id of the exam's content",
    "exam_id": "the hub's id of the exam",
    "exam_type": "`timed`, `proctored`, `practice`, `onboarding`",
    "attempt_code": "the attempt",
    "attempt_number": "1 for the learner's first attempt at the exam",
    "user_id": "the LMS's id of the learner",
    "from_status": "the status before; null where the attempt begins and where none changed",
    "to_status": "the status now",
    "caused_by": "`role` of who acted, and `cause`; see [causes](statuses.md#causes)",
    "effects": "what to do, in this order",
    "credit": "what the credit requirement becomes; null: leave it",
    "declined_exam_timed": "only with `declined`: whether the exam keeps its time limit",
    "decline_cascades": "only with `declined`: whether the other proctored exams were declined too",
}
_MEANINGS: Mapping[str, str] = {
    Effect.CLOSE_EXAM_SUBMIT_ANSWERS: "close the exam and submit the answers so far",
    Effect.REOPEN_KEEP_ANSWERS: "reopen the exam, keep the answers",
    Effect.CLEAR_ANSWERS: "clear the learner's answers",
    Effect.UNDO_OVERRIDE: "undo the grade override; the original grade counts again",
    Effect.CLEAR_CREDIT_REQUIREMENT: "clear the credit requirement",
    Effect.OVERRIDE_GRADE_ZERO: "override the exam's grade to 0",
}
_INTRO = """
The hub posts each event as JSON to `[lms] events_url`, and to the further
[endpoints](settings.md#lmsendpointsname) that hear of its course. Any 2xx answer acknowledges it;
410 says that the address takes no more events; anything else is tried again, after `Retry-After`
where the answer has it. Redirects are not followed. Delivery is at least once, and in order per
learner and exam: an event that is not acknowledged holds back those behind it, at this endpoint.
Apply an event by its `id` once; a repeated id changes nothing. An event that goes to two endpoints
has an id and a sequence of its own at each.

[A receiver that is ready to run](../how-to/receive-events.md) does all of it.

Headers follow the Standard Webhooks convention: `webhook-id`, `webhook-timestamp` (seconds) and,
where there is a secret, `webhook-signature`: `v1,` and the base64 HMAC-SHA256 of
`id.timestamp.body`; one for each secret, with spaces between, while
[secrets are exchanged](../how-to/receive-events.md#exchange-the-secret). The key is what follows
`whsec_`, base64-decoded; any other secret is used as UTF-8 bytes. Compare in constant time, and
refuse old timestamps. `X-Request-ID` is what the hub's logs call the request that caused the event.

Other ways than HTTP are [transport plugins](../how-to/transports.md).

Events and state are written in one transaction. An archived attempt sends nothing.
"""


def payload_keys() -> set[str]:
    """The keys ``services/transitions.py`` puts into an event, read from its source."""
    tree = ast.parse(inspect.getsource(transitions))
    wanted = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in ("event_payload", "_send")
    ]
    keys: set[str] = set()
    for function in wanted:
        for node in ast.walk(function):
            if isinstance(node, ast.AnnAssign | ast.Assign) and _is_payload(node):
                keys |= _keys(node)
    return keys


def effects_by_event() -> dict[EventType, list[tuple[EventSpec, str]]]:
    """Event → its kinds with the statuses they come from, for a proctored exam."""
    found: dict[EventType, list[tuple[EventSpec, str]]] = {one: [] for one in EventType}
    pairs: list[tuple[AttemptStatus | None, AttemptStatus]] = [
        (None, AttemptStatus.CREATED),
        (None, AttemptStatus.DECLINED),
        *sorted(filter(_of_proctored, MOVES), key=_place),
    ]
    for start, end in pairs:
        for spec in events_for(start, end, ExamType.PROCTORED):
            found[spec.type].append((spec, "the beginning" if start is None else text.code(start)))
    found[EventType.ESCALATED].append((escalation_event(), "`second_review_required`"))
    found[EventType.RESET].append((reset_event(ExamType.PROCTORED), "any, archived by it"))
    found[EventType.RESUMED].append((resume_event(), "`error`, archived by it"))
    return found


def _of_proctored(move: tuple[AttemptStatus, AttemptStatus]) -> bool:
    return any(ExamType.PROCTORED in row.exam_types for row in MOVES[move])


def _place(move: tuple[AttemptStatus, AttemptStatus]) -> tuple[int, ...]:
    return tuple(list(AttemptStatus).index(status) for status in move)


def build() -> str:
    """The page; fails where a field of the payload is not described, or one too many is."""
    if payload_keys() != set(FIELDS):
        odd = payload_keys() ^ set(FIELDS)
        raise LookupError(f"docs/_ext/reference/events.py: FIELDS does not fit the payload: {odd}")
    return text.page(
        "Events for the LMS",
        _INTRO,
        "## Fields\n\n" + _listed("field", "meaning", FIELDS),
        "## Events and effects\n\nFor proctored exams. For the other types there is no credit and "
        "no effect on grades; closing, reopening and clearing answers are the same.\n\n"
        + _events(),
        "## Effects\n\n" + _listed("effect", "what to do", {one: _MEANINGS[one] for one in Effect}),
        "Credit is one of " + text.codes(CreditStatus) + ".",
        "## Moves that send nothing\n\nInto `download_software_clicked`, into and out of the four "
        "`onboarding_*` refusals, into `ready_to_submit` and back.",
        _mails(),
    )


def _listed(name: str, told: str, rows: Mapping[str, str]) -> str:
    return text.table([name, told], ([text.code(one), rows[one]] for one in rows))


def _events() -> str:
    rows = []
    for event, kinds in effects_by_event().items():
        merged: dict[tuple[str, str], list[str]] = {}
        for spec, start in kinds:
            key = (text.codes(spec.effects) or "-", text.code(spec.credit) if spec.credit else "-")
            merged.setdefault(key, []).append(start)
        for (effects, credit), starts in merged.items():
            rows.append([text.code(event), ", ".join(dict.fromkeys(starts)), effects, credit])
    return text.table(["event", "coming from", "effects", "credit"], rows)


def _mails() -> str:
    mails = [(s, mail_for(s, ExamType.PROCTORED)) for s in AttemptStatus]
    listed = ", ".join(f"`{mail}` on `{status}`" for status, mail in mails if mail)
    return (
        f"## E-mails\n\nThe domain names three e-mails to learners of proctored exams: {listed}. "
        "[How, and in whose words](../how-to/e-mail.md)."
    )


def _is_payload(node: ast.AnnAssign | ast.Assign) -> bool:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    base = target.value if isinstance(target, ast.Subscript) else target
    return isinstance(base, ast.Name) and base.id == "payload"


def _keys(node: ast.AnnAssign | ast.Assign) -> set[str]:
    found = set()
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
        found.add(str(target.slice.value))
    if isinstance(node.value, ast.Dict):
        found |= {str(key.value) for key in node.value.keys if isinstance(key, ast.Constant)}
    return found
