"""A course page on another site, with the hub in a frame of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from urllib.parse import quote

from fastapi import FastAPI
from starlette.responses import HTMLResponse

from proctor_hub.testing.serving import open_door, port_of, serving

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Course</title></head>
<body><h1>Course</h1><iframe title="Exam" name="exam" width="900" height="600" src="{url}"></iframe>
</body></html>"""


class Framing:
    """An LMS of another site: its name is ``localhost``, while the hub's is ``127.0.0.1``."""

    def __init__(self, origin: str) -> None:
        self.origin = origin

    def page(self, url: str) -> str:
        """The address of its page that shows ``url`` in a frame named ``exam``."""
        return f"{self.origin}/?url={quote(url, safe='')}"


@contextmanager
def framing() -> Iterator[Framing]:
    """Such an LMS, while the block runs."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/")
    def course(url: str) -> HTMLResponse:
        return HTMLResponse(_PAGE.format(url=escape(url)))

    @app.get("/favicon.ico")
    def favicon() -> HTMLResponse:
        return HTMLResponse("", 204)

    door = open_door()
    with serving(app, door):
        yield Framing(f"http://localhost:{port_of(door)}")
