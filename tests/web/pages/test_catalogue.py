"""The German of the pages is complete and the same as what the code says; pages are in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import proctor_hub
from proctor_hub.domain import errors as domain_errors
from proctor_hub.domain.words import Role
from proctor_hub.errors import ProctorHubError
from proctor_hub.services import errors as service_errors
from proctor_hub.services.errors import NotFound
from proctor_hub.testing.catalogues import problems
from proctor_hub.vendors.facade import Vendor
from proctor_hub.web.pages import speech
from scripts.catalogue import PACKAGES
from tests.support import fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site


def test_every_text_of_the_pages_is_translated() -> None:
    found = problems(speech.PACKAGE, PACKAGES[speech.PACKAGE])
    assert found == [], "run scripts/catalogue.py and translate what is new"


REFUSALS = {
    name
    for module in (domain_errors, service_errors)
    for name, one in vars(module).items()
    if isinstance(one, type) and issubclass(one, ProctorHubError) and one is not NotFound
} | {"refuse"}
"""What raises a refusal that a page shows."""


@pytest.mark.parametrize("folder", ["domain", "services", "web/pages"])
def test_every_refusal_can_be_said_in_another_language(folder: str) -> None:
    """Its sentence is ``noted`` or ``told``, or comes from somewhere else."""
    root = Path(proctor_hub.__file__).parent
    bare = [
        f"{path.relative_to(root)}:{text.lineno}"
        for path in sorted((root / folder).rglob("*.py"))
        for text in _bare_refusals(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert bare == []


def test_a_bare_refusal_is_found() -> None:
    code = """
raise Invalid("no", fields={"a": "no"})
raise Conflict(f"no {x}")
raise Gone(noted("no"))
refuse({"a": "no"})
"""
    assert [one.lineno for one in _bare_refusals(ast.parse(code))] == [2, 2, 3, 5]


def _bare_refusals(module: ast.Module) -> Iterator[ast.expr]:
    for call in ast.walk(module):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in REFUSALS:
            given = [*call.args[:1], *(one.value for one in call.keywords if one.arg == "fields")]
            for one in given:
                texts = one.values if isinstance(one, ast.Dict) else [one]
                yield from (text for text in texts if _is_bare(text))


def _is_bare(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


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
