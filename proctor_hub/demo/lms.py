"""The demo's LMS: takes the hub's events over HTTP and shows its gradebook.

A process of its own: ``python -m proctor_hub.demo.lms PORT MAIL_PORT``; at the second port it takes
e-mails, which ``/mailbox`` shows. It shares no code with the sending
side, so that a mistake there cannot cancel itself out here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from jinja2 import Environment, StrictUndefined
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, Response

from proctor_hub.demo.gradebook import Gradebook
from proctor_hub.demo.mailbox import Mailbox, add_pages, listen
from proctor_hub.demo.start import add_start, start_from_environment

SECRET_VARIABLE = "DEMO_LMS_SECRET"  # noqa: S105 - the name of a variable
"""Where the process finds the secrets that the hub may sign events with: ``whsec_`` and base64
each, with commas between."""

MAX_BODY = 64 * 1024
TOLERANCE = 300.0
"""Seconds an event's timestamp may differ from this clock; older ones may be replays."""

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_PAGE = Environment(autoescape=True, undefined=StrictUndefined).from_string(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Gradebook</title>
<style>body{font:16px/1.4 sans-serif;margin:2rem}table{border-collapse:collapse}
.wide{overflow-x:auto}ol{margin:0;padding-left:1.2rem}li{white-space:nowrap}
th,td{border:1px solid #767676;padding:.3rem .6rem;text-align:left}
.zero{background:#fde2e1}</style></head>
<body><main><h1>Gradebook</h1>
<p>{{ counts.applied }} events applied, {{ counts.repeated }} repetitions ignored.</p>
<h2 id="moved">Grades that moved</h2>
{% if moved %}<div class="wide" role="region" tabindex="0" aria-labelledby="moved"><table>
<thead><tr><th scope="col">Learner</th><th scope="col">Exam</th>
<th scope="col">Grade: from → to, by which event, when (UTC)</th></tr></thead><tbody>
{% for way in moved %}<tr><td>{{ way[0].user_id }}</td><td>{{ way[0].content_id }}</td><td><ol>
{% for one in way %}<li{% if one.after == 0 %} class="zero"{% endif %}>
{{ "none" if one.before is none else one.before }} →
{{ "none" if one.after is none else one.after }}, {{ one.event }},
<time datetime="{{ one.at }}">{{ one.at[:10] }} {{ one.at[11:19] }}</time></li>
{% endfor %}</ol></td></tr>
{% endfor %}</tbody></table></div>{% else %}<p>None yet.</p>{% endif %}
<h2 id="now">Grades now</h2>
<div class="wide" role="region" tabindex="0" aria-labelledby="now"><table>
<thead><tr><th scope="col">Course</th><th scope="col">Exam</th><th scope="col">Learner</th>
<th scope="col">Score</th><th scope="col">Grade</th><th scope="col">Credit</th>
<th scope="col">Attempt</th></tr></thead><tbody>
{% for row in rows %}<tr><td>{{ row.course_id }}</td><td>{{ row.content_id }}</td>
<td>{{ row.user_id }}</td><td>{{ "-" if row.score is none else row.score }}</td>
<td>{{ "-" if row.grade is none else row.grade
}}{{ " (overridden)" if row.override is not none }}</td>
<td>{{ row.credit or "-" }}</td><td>{{ row.status }}</td></tr>
{% endfor %}</tbody></table></div></main></body></html>"""
)
_EXAM = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Exam</title></head>
<body><main><h1>Your exam</h1><p>Here the LMS would show the questions, after asking the hub
whether it may.</p></main></body></html>"""


def score_of(user_id: str, content_id: str) -> int:
    """What a learner's answers are worth in percent, 55 to 99: made up, but always the same."""
    return 55 + zlib.crc32(f"{user_id}/{content_id}".encode()) % 45


def create_app(*secrets: str, clock: Callable[[], float] = time.time) -> FastAPI:
    """The LMS with an empty gradebook.

    :param secrets: ``whsec_`` and base64 of a key each; an event signed by any of them is taken.
    :param clock: seconds since 1970.
    """
    keys = [base64.b64decode(one.removeprefix("whsec_"), validate=True) for one in secrets]
    if not all(keys) or not keys:
        raise ValueError("no secret, or an empty one: anybody could sign")
    gradebook = Gradebook(score_of)
    app = FastAPI(title="Demo LMS", docs_url=None, redoc_url=None)

    @app.post("/events")
    async def events(request: Request) -> Response:
        body = await request.body()
        if len(body) > MAX_BODY:
            return JSONResponse({"error": "too large"}, 413)
        if not _is_signed(keys, request, body, clock()):
            return JSONResponse({"error": "not signed by the hub"}, 401)
        return await run_in_threadpool(_take, gradebook, request.headers["webhook-id"], body)

    @app.get("/gradebook.json")
    def rows() -> dict[str, Any]:
        return {
            "rows": gradebook.rows(),
            "changes": gradebook.changes(),
            "counts": gradebook.counts(),
        }

    @app.get("/gradebook")
    def page() -> HTMLResponse:
        html = _PAGE.render(
            rows=gradebook.rows(), moved=moved(gradebook.changes()), counts=gradebook.counts()
        )
        return HTMLResponse(html, headers=_HEADERS)

    @app.get("/exam")
    def exam() -> HTMLResponse:
        return HTMLResponse(_EXAM, headers=_HEADERS)

    return app


def moved(changes: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The changes of each learner's grade at an exam, where there was more than the first one.

    Whose grade moved last comes first; the changes of one grade stand in their order.
    """
    ways: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for change in changes:
        key = (change["course_id"], change["content_id"], change["user_id"])
        # Put at the end again: the dictionary's order is that of the last change.
        ways[key] = [*ways.pop(key, []), change]
    return [way for way in reversed(ways.values()) if len(way) > 1]


def _is_signed(keys: Sequence[bytes], request: Request, body: bytes, now: float) -> bool:
    event_id = request.headers.get("webhook-id", "")
    stamp = request.headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp[:12])) > TOLERANCE:
        return False
    signed = b".".join([event_id.encode(), stamp.encode(), body])
    digests = [hmac.new(key, signed, hashlib.sha256).digest() for key in keys]
    expected = [b"v1," + base64.b64encode(digest) for digest in digests]
    given = request.headers.get("webhook-signature", "").split()
    return any(hmac.compare_digest(a.encode(), b) for a in given for b in expected)


def _take(gradebook: Gradebook, event_id: str, body: bytes) -> Response:
    try:
        event = json.loads(body)
        if event["id"] != event_id:
            raise ValueError("another id in the header")
        taken = gradebook.take(event)
    except (KeyError, TypeError, ValueError) as error:
        return JSONResponse({"error": f"not an event: {type(error).__name__}"}, 422)
    return JSONResponse({"new": taken.new})


def main() -> None:
    """Serve on loopback at the ports given as arguments, until stopped."""
    app = create_app(*os.environ[SECRET_VARIABLE].split(","))
    mailbox = Mailbox()
    add_pages(app, mailbox)
    start = start_from_environment()
    if start is not None:
        add_start(app, start)
    mails = listen(mailbox, int(sys.argv[2]))
    try:
        uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
    finally:
        mails.stop()


if __name__ == "__main__":
    main()
