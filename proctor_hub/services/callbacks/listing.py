"""Kept callbacks for operators, and those of one attempt for its staff: without secrets (§4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from proctor_hub.services import paging
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.services.checks import storable
from proctor_hub.services.errors import NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import callbacks as store
from proctor_hub.storage.callbacks import CallbackRow
from proctor_hub.storage.upsert import is_key

_HIDDEN = "…"
_SECRET_WORDS = ("video", "photo", "base64", "password", "token", "secret", "url", "signature")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCallback:
    """A kept callback. ``content`` is a view of its body without video links, photos, secrets."""

    id: int
    received_at: datetime
    vendor: str | None
    route: str
    source: str
    size: int
    outcome: str
    status: int
    detail: str
    quarantined: bool
    vouched_by: str
    vouched_reason: str
    replayed_at: datetime | None
    content: Any = None


def list_callbacks(
    hub: Hub,
    actor: Actor,
    *,
    outcome: str | None = None,
    quarantined: bool | None = None,
    vendor: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> paging.Page[StoredCallback]:
    """Kept callbacks, newest first, for operators."""
    size = paging.limit_of(hub, limit)
    before = paging.before_int(cursor)
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)
        if not storable((outcome or "") + (vendor or "")):
            return paging.page([], size, lambda item: [item.id])
        rows = store.newest_first(
            conn,
            before=before,
            count=size + 1,
            outcome=outcome,
            quarantined=quarantined,
            vendor=vendor,
        )
    return paging.page([_view(row) for row in rows], size, lambda item: [item.id])


def show_callback(hub: Hub, actor: Actor, callback_pk: int) -> StoredCallback:
    """One kept callback with a view of its content.

    :raises NotFound: there is none.
    """
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.SEE_HEALTH)
        row = store.by_id(conn, callback_pk) if is_key(callback_pk) else None
    if row is None:
        raise NotFound("callback", str(callback_pk))
    return _view(row, content=_content(unseal(hub.keyring, row.request).body))


def of_attempt(
    hub: Hub, actor: Actor, code: str, *, cursor: str | None = None, limit: int | None = None
) -> paging.Page[StoredCallback]:
    """What the vendor told us about an attempt, oldest first, for staff that may see its
    reviews."""
    size, after = paging.limit_of(hub, limit), paging.after_int(cursor)
    with hub.database.read() as conn:
        record = visible(conn, actor, code)
        hidden = ("attempt", code)
        ensure(conn, actor, Permission.SEE_REVIEWS, record.course_pk, hidden_as=hidden)
        rows = store.of_attempt(conn, record.id, after=after, count=size + 1)
    return paging.page([_view(row) for row in rows], size, lambda one: [one.id])


def _view(row: CallbackRow, content: Any = None) -> StoredCallback:
    names = set(StoredCallback.__dataclass_fields__) - {"content"}
    return StoredCallback(**{name: getattr(row, name) for name in names}, content=content)


def _content(body: bytes) -> Any:
    """The body with everything hidden that people must not see; not JSON: only that it is not."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return f"{len(body)} bytes that are not JSON"
    return _without_secrets(data)


def _without_secrets(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _hide(key, value) for key, value in data.items()}
    if isinstance(data, list):
        return [_without_secrets(item) for item in data]
    if isinstance(data, str) and data.lower().startswith(("http://", "https://")):
        return _HIDDEN
    return data


def _hide(key: str, value: Any) -> Any:
    secret = any(word in key.lower() for word in _SECRET_WORDS)
    return _HIDDEN if secret and value else _without_secrets(value)
