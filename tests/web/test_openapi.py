"""The OpenAPI document: checked in as it is served, and the application keeps to it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from proctor_hub.domain.words import Role
from proctor_hub.services.hub import Limits
from proctor_hub.storage import workers
from proctor_hub.storage.report_files import ReportFiles
from tests.jobs.running import WaitingJobs
from tests.web.site import COURSE, Site, a_site

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def _served(site: Site) -> Any:
    return site.http.get("/api/openapi.json").json()


def test_the_document_checked_in_is_the_one_served(embedded_site: Site) -> None:
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == _served(embedded_site), (
        "run `proctor-hub openapi > docs/openapi.json`"
    )


def test_every_operation_says_what_it_is(embedded_site: Site) -> None:
    for path, operations in _served(embedded_site)["paths"].items():
        for method, operation in operations.items():
            assert operation.get("summary"), f"{method} {path}"
            assert operation.get("description"), f"{method} {path}"


@pytest.fixture(scope="module")
def wide_site(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Site]:
    """A site with a course, an exam, learners and an attempt, for generated requests."""
    path = tmp_path_factory.mktemp("wide") / "hub.db"
    shutil.copyfile(sqlite_template, path)
    parts = {"jobs": WaitingJobs(), "report_files": ReportFiles(str(path.with_name("reports")))}
    limits = Limits(lease_seconds=3600)
    with a_site(f"sqlite:///{path}", limits=limits, parts=parts) as site:
        # Somebody works here, or the hub would not be ready.
        site.hub.database.write(
            lambda conn: workers.join(
                conn, nonce="n", seconds=3600, host="h", version="1", alone=True
            )
        )
        site.course()
        site.person("ann", course_id=COURSE)
        site.person("gus", course_id=COURSE)
        site.team("tom")
        site.staff("sue", Role.SUPPORT)
        code = site.taken(site.exam(), "ann")
        site.review(code, "suspicious")
        site.callback("/callbacks/acme/x/ready", b"{}", None)
        site.code = code
        asked = site.ok("POST", f"/courses/{COURSE}/reports", "tom", {"kind": "results"})
        site.report = asked["code"]
        yield site


@pytest.fixture(scope="module")
def schema(wide_site: Site) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", wide_site.http.app)


REAL = {
    "course_id": COURSE,
    "exam_id": 1,
    "user_id": "ann",
    "callback_id": 3,
    "delivery_id": 1,
    "vendor": "acme",
    "key": "a-job",
}
OPERATIONS = [
    (method.upper(), path)
    for path, operations in json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"].items()
    for method in operations
]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_no_generated_request_makes_the_hub_fail(
    method: str, path: str, schema: Any, wide_site: Site
) -> None:
    operation = schema[path][method]

    @hypothesis.settings(
        max_examples=5, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.given(case=operation.as_strategy(), real=st.integers(0, 3))
    def run(case: Any, real: int) -> None:
        if real:
            # Objects that exist, so that more than their absence is tried.
            known = {**REAL, "attempt_code": wide_site.code, "code": wide_site.report}
            if "/retirements/" in path:
                known["user_id"] = "gus"
            case.path_parameters = {n: known[n] for n in case.path_parameters or {}}
        for who in ("lms", "operator", "ann", "tom", "sue"):
            token = wide_site.token(who)
            answer = case.call(headers={"Authorization": f"Bearer {token}"})
            case.validate_response(answer, checks=CHECKS)

    run()
