"""The demo's start page: sign in as each person, and a side panel to play the vendors.

Added to the LMS of a demo that is left running. A button has the LMS ask the hub for a launch link
and sends the browser there, alone or in a frame of the LMS.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import requests
from fastapi import FastAPI, Form, Request
from jinja2 import Environment, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse, Response

from proctor_hub.demo.client import HubClient, HubRefused, path_of
from proctor_hub.demo.data import Plan, load_plan
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.steering import Sandbox

STAGE_VARIABLE = "DEMO_STAGE"
"""Where the process finds, as JSON, ``hub`` with the LMS's credentials, ``sandboxes``, ``data``."""

MOST_ATTEMPTS = 50
_LIVE = ("created", "download_software_clicked", "ready_to_start", "started", "ready_to_submit",
         "completed", "timed_out", "submitted", "second_review_required")  # fmt: skip
_REVIEWS = ("clean", "violation", "suspicious", "not_reviewed")
_STYLE = """:root{color-scheme:light dark;background:Canvas;color:CanvasText}
body{font:16px/1.5 system-ui,sans-serif;margin:0}h1{margin-top:0}
main,aside{padding:1.5rem 2rem}button{font:inherit;min-height:2.25rem;cursor:pointer}
.both{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:0 1rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .6rem;text-align:left;border-bottom:1px solid #8886}thead th{font-weight:400}
form{display:inline-flex;gap:.3rem;flex-wrap:wrap}main form{flex-wrap:nowrap;white-space:nowrap}
iframe{border:1px solid #767676;width:100%;height:80vh}.note{font-weight:600}
@media(min-width:60rem){aside{position:sticky;top:0;align-self:start;max-height:100vh;
overflow:auto;box-sizing:border-box;border-left:1px solid #8886}}"""
_HEAD = """<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{{ title }}</title>
<style>{{ style|safe }}</style></head><body>"""
_START = (
    _HEAD
    + """<div class="both"><main><h1>{{ title }}</h1>
<p>A small LMS. Whoever you choose comes into the hub by a launch link, as from a real one.</p>
<p><a href="/gradebook">Gradebook</a> · <a href="/mailbox">Mailbox</a></p>
{% if note %}<p class="note" role="status">{{ note }}</p>{% endif %}
<h2>Come in as</h2><div class="wide" role="region" tabindex="0" aria-label="People"><table>
<thead><tr><th scope="col">Who</th><th scope="col">What they are</th><th scope="col">Sign in</th>
</tr></thead><tbody>{% for one in people %}<tr><th scope="row">{{ one.full_name }}</th>
<td>{{ one.what }}</td><td><form method="post" action="/sign-in">
<input type="hidden" name="user_id" value="{{ one.user_id }}"><button>Alone</button>
{% if one.course_id %}<button name="framed" value="yes">In a frame</button>{% endif %}
</form></td></tr>
{% endfor %}</tbody></table></div></main>
<aside aria-label="Play the vendor"><h2>Play the vendor</h2>
<p>Its servers stop answering, or answer again; a session becomes ready; a review is sent.</p>
{% for slug in vendors %}<p>{{ slug }}: {% for verb in ("down", "up") %}
<form method="post" action="/vendor"><input type="hidden" name="vendor" value="{{ slug }}">
<button name="verb" value="{{ verb }}">{{ slug }} {{ verb }}</button></form>{% endfor %}</p>
{% endfor %}
{% if attempts %}<div class="wide" role="region" tabindex="0" aria-label="Live attempts"><table>
<thead><tr><th scope="col">Learner, exam</th><th scope="col">Status</th><th scope="col">Do</th></tr>
</thead><tbody>{% for one in attempts %}<tr><th scope="row">{{ one.full_name }}, {{ one.exam_name }}
</th><td>{{ one.status }}</td><td><form method="post" action="/vendor">
<input type="hidden" name="attempt" value="{{ one.code }}">
<button name="verb" value="ready">ready</button>
{% for review in reviews %}<button name="verb" value="review {{ review }}">{{ review }}</button>
{% endfor %}</form></td></tr>{% endfor %}</tbody></table></div>
{% else %}<p>No attempt with a vendor is live. Begin an exam as a learner.</p>{% endif %}
<p><a href="/">Look again</a></p></aside></div></body></html>"""
)
_FRAMED = (
    _HEAD
    + """<main><h1>{{ title }}</h1><p><a href="/">Back to the start page</a></p>
<iframe src="{{ url }}" title="The hub in a frame of the LMS"
allow="clipboard-write"></iframe></main></body></html>"""
)
_PAGES = Environment(autoescape=True, undefined=StrictUndefined)


@dataclass(frozen=True, kw_only=True)
class Start:
    """What the start page works with."""

    plan: Plan
    hub: HubClient
    hub_url: str
    sandboxes: Mapping[str, Sandbox]

    def people(self) -> list[dict[str, str]]:
        """Everybody of the plan, staff first."""
        courses = {one.course_id: str(one.settings["title"]) for one in self.plan.courses}
        found = [
            (one, f"{one.role.replace('_', ' ')} {courses.get(one.course_id, '')}".strip())
            for one in self.plan.staff
        ]
        rows = [
            {
                "user_id": one.user_id,
                "full_name": one.full_name,
                "what": what,
                "course_id": one.course_id,
                "page": "course" if one.course_id else "home",
            }
            for one, what in found
        ]
        return rows + [
            {
                "user_id": one.user_id,
                "full_name": one.full_name,
                "what": f"learner, {courses[one.course_id]} ({one.track})",
                "course_id": one.course_id,
                "page": "learner",
            }
            for one in self.plan.learners
        ]

    def attempts(self) -> list[dict[str, Any]]:
        """Live attempts with a vendor, the newest of each course first."""
        names = {one.user_id: one.full_name for one in self.plan.everybody}
        found: list[dict[str, Any]] = []
        for course in self.plan.courses:
            path = path_of("courses", course.course_id, "attempts")
            page = self.hub.call("GET", path, params={"limit": str(MOST_ATTEMPTS)})
            found += [
                one | {"full_name": names.get(one["user_id"], one["user_id"])}
                for one in page["items"]
                if one["live"] and one["vendor"] is not None and one["status"] in _LIVE
            ]
        return found

    def play(self, code: str, verb: str) -> str:
        """What the vendor's side does with an attempt: ``ready``, or ``review NAME``.

        :return: how the hub took it. :raises DemoError: the sandbox refuses, or has no such verb.
        """
        seen = self.hub.call("GET", path_of("attempts", code))
        team = self.plan.people[self.plan.course(seen["course_id"]).report_by].user_id
        seen = self.hub.call("GET", path_of("attempts", code), user=team)
        known = {"attempt_code": seen["code"], "external_id": seen["external_id"] or ""}
        sandbox = self.sandboxes[seen["vendor"]]
        if verb == "ready":
            sandbox.make_ready(known)
            return "the hub took it"
        answers = sandbox.review(verb.removeprefix("review "), known)
        return "the hub answered " + ", ".join(map(str, answers))


def start_of(given: str) -> Start:
    """The start page's parts, from what :data:`STAGE_VARIABLE` holds."""
    stage = json.loads(given)
    hub, plan = stage["hub"], load_plan(Path(stage["data"]))
    return Start(
        plan=plan,
        hub=HubClient(hub["url"], hub["client_id"], hub["client_secret"]),
        hub_url=hub["url"],
        sandboxes={
            slug: Sandbox.of(plan.vendors[slug], url) for slug, url in stage["sandboxes"].items()
        },
    )


def add_start(app: FastAPI, start: Start) -> None:
    """The start page at ``/``, and what its buttons do."""

    def shown(source: str, title: str, **values: Any) -> HTMLResponse:
        html = _PAGES.from_string(source).render(title=title, style=_STYLE, **values)
        # A redirect after a form counts as the form's, too; frames are the hub's alone.
        policy = (
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; "
            f"form-action 'self' {start.hub_url}; frame-src {start.hub_url}"
        )
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return HTMLResponse(html, headers={**headers, "X-Content-Type-Options": "nosniff"})

    @app.get("/")
    def page(note: str = "") -> Response:
        return shown(
            _START,
            "The demo",
            note=note[:300],
            people=start.people(),
            vendors=sorted(start.sandboxes),
            attempts=start.attempts(),
            reviews=_REVIEWS,
        )

    @app.post("/sign-in")
    def sign_in(
        request: Request, user_id: Annotated[str, Form()], framed: Annotated[str, Form()] = ""
    ) -> Response:
        if not _from_here(request):
            return _note("That was sent by another site.")
        one = next((one for one in start.people() if one["user_id"] == user_id), None)
        if one is None:
            return _note("Not done: the demo has no such person.")
        asked = {"user_id": user_id, "page": one["page"], "course_id": one["course_id"] or None}
        link = start.hub.call("POST", "/launch-links", asked)
        if framed:
            return shown(_FRAMED, "The hub in a frame of the LMS", url=link["url"])
        return RedirectResponse(link["url"], 303)

    @app.post("/vendor")
    def vendor(
        request: Request,
        verb: Annotated[str, Form()],
        attempt: Annotated[str, Form()] = "",
        vendor: Annotated[str, Form()] = "",
    ) -> Response:
        if not _from_here(request):
            return _note("That was sent by another site.")
        told = "the sandbox took it"
        try:
            if attempt:
                told = start.play(attempt, verb)
            elif vendor in start.sandboxes:
                start.sandboxes[vendor].do(verb, {})
            else:
                return _note(f"Not done: there is no vendor {vendor}.")
        except (DemoError, HubRefused, requests.RequestException) as error:
            return _note(f"Not done: {error}")
        return _note(f"{verb}: {told}.")


def _note(text: str) -> Response:
    return RedirectResponse(f"/?note={quote(text)}", 303)


def _from_here(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or origin == f"http://{request.headers.get('host', '')}"


def start_from_environment() -> Start | None:
    """The start page's parts where the demo gave them; None: this LMS has no start page."""
    given = os.environ.get(STAGE_VARIABLE, "")
    return start_of(given) if given else None
