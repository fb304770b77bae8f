"""What a learner's browser is shown where a vendor's callback leads, and what it may do with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from proctor_hub import Answer, CallbackOutcome, CallbackRequest, hookimpl
from proctor_hub.testing.fake_vendor import FakeVendor, ready_path
from proctor_hub.web.application import application
from proctor_hub.web.context import WebSettings
from tests.support import plugin_of
from tests.web.site import COURSE, Site, a_site

GERMAN = {"Accept-Language": "de"}


@pytest.fixture
def browser(embedded_site: Site) -> TestClient:
    """One at a hub whose callbacks are all made by browsers."""
    hub = embedded_site.hub
    routes = tuple(replace(one, answers_browser=True) for one in hub.vendors.routes)
    told = replace(hub, vendors=replace(hub.vendors, routes=routes))
    return TestClient(application(told), base_url=hub.public_url)


def test_a_refusal_is_a_page_like_every_other(browser: TestClient) -> None:
    refused = browser.post(ready_path("nobodys"), headers=GERMAN)
    assert refused.status_code == 401
    assert '<html lang="de">' in refused.text and 'rel="stylesheet"' in refused.text
    assert "Diese Seite kann hier nicht geöffnet werden" in refused.text
    assert "Öffnen Sie Ihre Prüfung noch einmal aus Ihrem Kurs." in refused.text
    assert "default-src 'none'" in refused.headers["content-security-policy"]
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert refused.headers["cache-control"] == "no-store"
    assert "This page cannot be opened here" in browser.post(ready_path("nobodys")).text


def test_what_was_taken_says_that_it_is_done(browser: TestClient, embedded_site: Site) -> None:
    site = embedded_site
    site.course()
    site.person("ann", course_id=COURSE)
    code = site.attempt(site.exam(), "ann")["code"]
    headers = {**GERMAN, "Authorization": f"JWT {site.token('vendor')}"}
    done = browser.post(ready_path(site.external_id(code)), headers=headers, content=b"{}")
    assert done.status_code == 200, done.text
    assert "Sie können diese Seite schließen" in done.text
    unknown = browser.post(ready_path("nobodys"), headers=headers, content=b"{}")
    assert unknown.status_code == 404 and "Prüfung nicht gefunden" in unknown.text


PAGE = "<!doctype html><title>Über</title><script>alert(1)</script>"
LMS = "https://lms.example"


class Author(FakeVendor):
    """A vendor that writes its own pages."""

    @hookimpl
    def acknowledge_callback(self, request: CallbackRequest, outcome: CallbackOutcome) -> Answer:
        """One of them, whatever came of the call."""
        return Answer(status=outcome.status, body=PAGE, content_type="text/html; charset=utf-8")


def test_what_a_plugin_answers_runs_nothing_and_is_framed_by_few(database_url: str) -> None:
    web = WebSettings(frames={"*": (LMS,)})
    options = {"vendors": {"acme": {"plugin": "author"}}, "plugins": [plugin_of("author", Author)]}
    with a_site(database_url, web=web, **options) as site:
        site.course()
        headers = {"Authorization": f"JWT {site.token('vendor')}"}
        refused = site.http.post(ready_path("nobodys"), headers=headers, content=b"{}")
        assert refused.status_code == 404
        # The bytes are the plugin's.
        assert refused.content == PAGE.encode()
        assert refused.headers["content-type"] == "text/html; charset=utf-8"
        policy = refused.headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "base-uri 'none'"} <= set(policy)
        assert f"frame-ancestors {LMS}" in policy
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert refused.headers["referrer-policy"] == "same-origin"
        assert refused.headers["cache-control"] == "no-store"
