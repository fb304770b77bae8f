"""How a page is made: its template in the visitor's language, and what a browser may do with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache, partial
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from proctor_hub.domain.told import Told
from proctor_hub.web.context import WebSettings
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages import speech, words
from proctor_hub.web.pages.navigation import course_path, navigation
from proctor_hub.web.pages.speech import Speech
from proctor_hub.web.pages.static_files import static_url
from proctor_hub.web.pages.visits import Look

_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": browsers would then hide from where a form of ours was sent.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def page(
    look: Look,
    template: str,
    *,
    status: int = 200,
    course_id: str | None = None,
    plain: bool = False,
    frames: Iterable[str] = (),
    posts_to: Iterable[str] = (),
    talks_to: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """A page, or a part of one, from ``template`` with ``values``.

    :param course_id: what it is about; decides which sites may frame it. None: none may.
    :param plain: it holds nobody's data: any site that may frame some page may frame this one.
    :param frames: origins that the page itself frames (a vendor's dashboard).
    :param posts_to: origins that the page's forms send to besides the hub (a vendor's launch).
    :param talks_to: origins that its scripts call besides the hub (software on the same machine).
    """
    known = {
        "look": look,
        "sign_in": look.sign_in,
        "course_id": course_id,
        "navigation": () if look.partial else navigation(look, course_id),
        "languages": speech.names(),
        **values,
    }
    text = _environment(look.speech.tag).get_template(template).render(known)
    framed_by = ancestors(look, course_id, plain=plain)
    policy = content_policy(framed_by, frames=frames, posts_to=posts_to, talks_to=talks_to)
    given = {**_HEADERS, "Content-Security-Policy": policy, **(headers or {})}
    return HTMLResponse(text, status, given)


def content_policy(
    framed_by: Iterable[str],
    *,
    frames: Iterable[str] = (),
    posts_to: Iterable[str] = (),
    talks_to: Iterable[str] = (),
) -> str:
    """The Content-Security-Policy: everything from this hub, nothing inline, framed by few."""
    parts = {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'", *talks_to],
        "frame-src": list(frames) or ["'none'"],
        "form-action": ["'self'", *posts_to],
        "base-uri": ["'none'"],
        "frame-ancestors": list(framed_by) or ["'none'"],
    }
    return "; ".join(f"{name} {' '.join(values)}" for name, values in parts.items())


def ancestors(look: Look, course_id: str | None, *, plain: bool = False) -> list[str]:
    """The origins that may frame a page about this course; about none: those of the course that
    the visitor signed in for, and for a plain page all."""
    if course_id is None and look.sign_in is not None:
        # Bound to a course, it shows nothing of any other.
        course_id = look.sign_in.course_id
    if course_id is None and not plain:
        return []
    return _sites(look.settings, course_id)


def answer_headers(settings: WebSettings) -> dict[str, str]:
    """What a browser may do with an answer that a vendor's plugin wrote: as with a plain page."""
    return {**_HEADERS, "Content-Security-Policy": content_policy(_sites(settings))}


def _sites(settings: WebSettings, course_id: str | None = None) -> list[str]:
    """The origins that may frame pages of the course; None: of any."""
    found = {
        origin
        for pattern, origins in settings.frames.items()
        if course_id is None or fnmatchcase(course_id, pattern)
        for origin in origins
    }
    return sorted(found)


@cache
def _environment(tag: str) -> Environment:
    made = Environment(
        loader=PackageLoader("proctor_hub.web.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    chosen = speech.known()[tag]
    made.install_gettext_translations(chosen.translations, newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "static_url": static_url,
        "course_path": course_path,
        "part": part,
        "words": words,
        "language": tag,
        "speech": chosen,
    }
    locale = Locale.parse(tag, sep="-")
    made.filters |= {
        "moment": _moment,
        "duration": words.duration,
        "say": partial(_said, chosen),
        "number": partial(format_decimal, locale=locale),
        "size": partial(words.size, locale=locale),
    }
    return made


def _said(chosen: Speech, text: str, **values: object) -> str:
    """A text in this language; a point in time in it stands there as everywhere else."""
    if not isinstance(text, Told) or text.sayer is not None:
        return chosen.say(text, **values)
    shown = {
        name: _moment(value)
        if isinstance(value, datetime)
        else _said(chosen, value)
        if isinstance(value, Told)
        else value
        for name, value in text.values.items()
    }
    said = escape(chosen.say(text.template))
    return said % shown if shown else said


def _moment(value: datetime | None) -> Markup:
    """A point in time: UTC for all, turned into the viewer's zone where scripts run."""
    if value is None:
        return Markup('<span class="nothing">-</span>')
    utc = value.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        value.isoformat(timespec="seconds"), utc, utc
    )
