"""Pages in German, and vendors' plugins that hear of it."""

from __future__ import annotations

from typing import Any

import pytest

from proctor_hub.domain.words import Role
from proctor_hub.vendors.facade import Vendor
from tests.support import fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site


def test_a_browser_that_asks_for_german_gets_it(embedded_site: Site) -> None:
    site = embedded_site
    site.course()
    site.person("ann", course_id=COURSE)
    site.staff("oli", Role.OPERATOR)
    exam = site.exam(rules={"allow_notes": True})
    visitor = Visitor(site)
    visitor.http.headers["accept-language"] = "fr, de-CH;q=0.8, en;q=0.5"
    page = visitor.open("ann", "exam", exam_id=exam)
    assert '<html lang="de">' in page.text
    for said in ("beaufsichtigte Prüfung", "Jetzt mit Aufsicht ablegen", "30 Minuten"):
        assert said in page.text
    operator = Visitor(site)
    operator.http.headers["accept-language"] = "de"
    assert "Änderungsprotokoll" in operator.open("oli", "operator").text
    refused = visitor.get("/operator")
    assert refused.status_code == 403
    assert "Das dürfen Sie hier nicht: Zustand, Quarantäne" in refused.text
    assert "You may not" in visitor.get("/operator", **{"accept-language": "en"}).text


def test_the_language_of_the_page_reaches_the_vendors_plugin(
    embedded_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = embedded_site
    heard = []
    for hook in ("launch_session", "render_dashboard"):
        _listen(monkeypatch, hook, heard)
    site.course()
    site.person("ann", course_id=COURSE)
    site.team("tom")
    exam = site.exam(rules={"allow_notes": True})
    site.attempt(exam, "ann")
    for who, page, about in (
        ("ann", "exam", {"exam_id": exam}),
        ("tom", "course", {"course_id": COURSE}),
    ):
        visitor = Visitor(site)
        visitor.http.headers["accept-language"] = "de-AT"
        assert visitor.open(who, page, **about).status_code == 200
        if who == "tom":
            for path in ("review-dashboard", f"review-dashboard?exam_id={exam}", "rules"):
                visitor.get(f"/courses/{COURSE}/{path}")
    told = [one for one in fake_vendor(site.hub).told if one.hook == "rules_catalog"]
    assert [one.arguments["language"] for one in told] == ["en", "de"]
    assert set(heard) == {("launch_session", "de"), ("render_dashboard", "de")}


def _listen(patch: pytest.MonkeyPatch, hook: str, heard: list[tuple[str, str]]) -> None:
    """Keep the language that the host calls a hook with."""
    asked = getattr(Vendor, hook)

    def listening(vendor: Vendor, **given: Any) -> Any:
        request = given.get("request")
        heard.append((hook, given["language"] if request is None else request.language))
        return asked(vendor, **given)

    patch.setattr(Vendor, hook, listening)
