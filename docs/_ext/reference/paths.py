"""``http-api.md``: conventions, and every path of ``openapi.json``."""

from __future__ import annotations

import json
from pathlib import Path

from . import text

OPENAPI = Path(__file__).resolve().parents[2] / "openapi.json"
_INTRO = """
The whole description, with every field, is [`openapi.json`](../openapi.json); a running hub
serves it at `/openapi.json`. This page has the conventions and the list of paths.

## Who asks

Machines get a token at `POST /oauth2/access_token` with client credentials (`proctor-hub clients
create`, kinds `lms`, `operator`, `vendor`) and send it as `Authorization: Bearer <token>`; the
word `JWT` is accepted as well. It holds an hour (`access_token_seconds`). A person acts with a
person token, which the LMS's client gets for one of its users at `POST /api/v1/person-tokens`; it
holds 5 minutes. What each may do: [roles and permissions](permissions.md). A vendor's token opens
nothing under `/api/v1`.

## Conventions

- **Problems.** Every refusal is `application/problem+json` (RFC 9457): `type`
  (`/problems/<code>`), `title`, `status`, `detail`; `fields` at 422; `from`, `to`, `allowed`
  where a move is illegal. Codes: [errors](errors.md).
- **Statuses.** 401 no valid token; 403 the wrong role; 404 unknown, or not yours to see; 409 the
  state is in the way; 413 too large; 422 the request makes no sense, nothing was changed; 502 the
  vendor or its plugin refuses; 503 try again later.
- **Pages.** Lists answer `items` and `next_cursor`; send it as `cursor` for the next page, null
  is the end. `limit` is 50 by default, 200 at most.
- **Idempotency.** A create may carry `Idempotency-Key`: the same key, path and body within 24
  hours repeats the first answer. Another body with the same key is 422, a first request that
  still runs is 409.
- **Unknown fields** in a body are refused.
- **Times** are ISO 8601 with a zone; answers are UTC.
"""


def build() -> str:
    """The page."""
    described = json.loads(OPENAPI.read_text(encoding="utf-8"))
    rows: dict[str, list[list[str]]] = {}
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            tag = (one.get("tags") or ["other"])[0]
            shown = text.code(f"{method.upper()} {path}")
            rows.setdefault(tag, []).append([shown, one.get("summary", "")])
    parts = [
        f"### {tag.capitalize()}\n\n" + text.table(["path", "what it does"], found)
        for tag, found in rows.items()
    ]
    return text.page("HTTP API", _INTRO, "## Paths", *parts)
