"""HTML of the sandbox: templates with everything escaped."""

from __future__ import annotations

from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def clock_words(seconds: object) -> str:
    """Seconds from the start of a recording as h:mm:ss; an em dash for what is no number."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return "—"
    whole = int(seconds) if abs(seconds) < 1e9 else 0
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


_TEMPLATES.filters["clock_words"] = clock_words


def render(template: str, status: int = 200, /, **values: object) -> HTMLResponse:
    """A page from a template of this package."""
    text = _TEMPLATES.get_template(template).render(values)
    # Comments may hold lone surrogates (JSON allows them), UTF-8 does not.
    return HTMLResponse(text.encode("utf-8", "replace"), status_code=status)


def message_page(title: str, text: str, status: int) -> HTMLResponse:
    """A page that says one thing, e.g. why something was refused."""
    return render("message.html", status, title=title, text=text)
