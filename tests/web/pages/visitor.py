"""A browser without scripts: cookies, links and forms, against the application."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.testclient import TestClient

from proctor_hub.services.access import sign_ins
from proctor_hub.services.access.sign_ins import SignIn
from proctor_hub.web.application import application
from proctor_hub.web.pages.visits import cookie_name
from tests.web.site import Site

HTML = {"Accept": "text/html"}


class Visitor:
    """One browser. ``form_token`` is the one of the page that was read last."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.http = TestClient(application(site.hub), base_url=site.hub.public_url)
        self.form_token = ""

    def open(self, user_id: str, page: str = "home", **rest: Any) -> httpx.Response:
        """Come in by a launch link of the LMS, as far as the page."""
        body = {"user_id": user_id, "page": page, **rest}
        made = self.site.ok("POST", "/launch-links", "lms", body)
        return self.come_in(made["url"])

    def come_in(self, url: str) -> httpx.Response:
        """Open a launch link and press the button."""
        answer = self.http.get(urlsplit(url).path, headers=HTML)
        token = re.search(r'name="token" value="([^"]+)"', answer.text)
        assert token, answer.text
        return self._seen(self.http.post("/launch", data={"token": token[1]}, headers=HTML))

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Read a page."""
        return self._seen(self.http.get(path, headers={**HTML, **headers}))

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form of the page that was read last, and follow."""
        data = {"form_token": self.form_token, **fields}
        return self._seen(self.http.post(path, data=data, headers=HTML))

    def sign_in(self) -> SignIn | None:
        """What the hub knows behind the cookie."""
        hub = self.site.hub
        return sign_ins.find(hub, self.http.cookies[cookie_name(hub)])

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        token = re.search(r'name="form_token" value="([0-9a-f]+)"', answer.text)
        if token:
            self.form_token = token[1]
        return answer
