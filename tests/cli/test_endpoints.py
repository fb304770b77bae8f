from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

CONFIG = """
[lms]
events_url = "https://lms.example/events"
signing_secrets = ["new-secret-2026", "old-secret-2025"]
courses = ["course-v1:Demo+*"]

[lms.endpoints.open]
events_url = "https://other.example/events"

[lms.endpoints.bus]
transport = "pigeon"
password = "hunter2-secret"
"""


def test_endpoints_are_listed_with_what_is_wrong(run: Run, folder: Path) -> None:
    (folder / "proctor-hub.toml").write_text(CONFIG)
    listed = run("endpoints", "--json")
    assert listed.status == 0
    found = {one["destination"]: one for one in listed.json}
    assert list(found) == ["lms", "lms:open", "lms:bus"]
    assert found["lms"]["courses"] == ["course-v1:Demo+*"]
    assert (found["lms"]["signed"], found["lms:open"]["signed"]) == (True, False)
    assert found["lms"]["distribution"].startswith("proctor-hub ")
    assert not found["lms:bus"]["usable"]
    assert "pigeon" in found["lms:bus"]["reason"]
    table = run("endpoints").out
    assert "lms:open" in table and "no: No installed distribution has a transport" in table
    for secret in ("hunter2", "new-secret", "old-secret"):
        assert secret not in listed.out + table


def test_without_endpoints_it_says_where_events_are(run: Run) -> None:
    assert "wait in the outbox" in run("endpoints").err
    assert run("endpoints", "--json").json == []


def test_the_doctor_looks_at_endpoints(run: Run, folder: Path) -> None:
    (folder / "proctor-hub.toml").write_text(CONFIG)
    done = run("doctor", "--json")
    checks = {one["name"]: one for one in done.json}
    assert done.status == 1
    assert checks["endpoint lms"]["state"] == "ok"
    assert checks["endpoint lms:open"]["state"] == "warning"
    assert "signing_secret" in checks["endpoint lms:open"]["detail"]
    assert checks["endpoint lms:bus"]["state"] == "failed"
    people = run("doctor").out
    assert "warning" in people and "FAILED" in people


def test_unsigned_is_a_warning_and_no_failure(run: Run, folder: Path) -> None:
    (folder / "proctor-hub.toml").write_text('[lms]\nevents_url = "https://lms.example/events"\n')
    assert run("doctor").status == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[lms]\nevents_url = "ftp://lms.example"', "lms.events_url: must be an absolute http"),
        ('[lms]\nevents_url = "https://u:p@lms.example"', "lms.events_url: must not hold a user"),
        ('[lms]\nsigning_secrets = ["whsec_?!"]', "not base64 after whsec_"),
        ('[lms]\ncourses = [""]', "an empty pattern matches no course"),
        ('[lms.endpoints."a b"]\nevents_url = "https://x"', "'a b' cannot name an endpoint"),
        ("[lms.endpoints.a]\ncourses = [1]", "endpoint a: courses.0: "),
        ("[lms]\ncolour = 1", "lms.colour: unknown key"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_one_sentence(
    run: Run, folder: Path, text: str, told: str
) -> None:
    (folder / "proctor-hub.toml").write_text(text)
    done = run("endpoints")
    assert done.status == 2
    assert told in done.err
    assert "?!" not in done.err and "u:p" not in done.err


def test_everything_can_be_set_in_the_environment(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = "PROCTOR_HUB_LMS__"
    monkeypatch.setenv(prefix + "EVENTS_URL", "https://lms.example/events")
    monkeypatch.setenv(prefix + "SIGNING_SECRETS", "one-secret, other-secret")
    monkeypatch.setenv(prefix + "COURSES", "a*,b*")
    monkeypatch.setenv(prefix + "ENDPOINTS__MORE__EVENTS_URL", "https://more.example/events")
    monkeypatch.setenv(prefix + "ENDPOINTS__MORE__SIGNING_SECRETS", "one-secret,other-secret")
    monkeypatch.setenv(prefix + "ENDPOINTS__MORE__COURSES", "c*")
    rows = run("endpoints", "--json").json
    assert [(one["destination"], one["courses"], one["signed"]) for one in rows] == [
        ("lms", ["a*", "b*"], True),
        ("lms:more", ["c*"], True),
    ]
