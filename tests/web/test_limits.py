from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from starlette.requests import Request

from proctor_hub.services.hub import Limits
from proctor_hub.storage.tables import attempts, callbacks
from proctor_hub.testing.fake_vendor import reviewed_path
from proctor_hub.web.context import WebSettings, source_address
from tests.web.site import COURSE, Site, a_site

LIMITS = Limits(body_bytes=2000, callback_bytes=4000)


@pytest.fixture
def small(sqlite_url: str) -> Iterator[Site]:
    with a_site(sqlite_url, limits=LIMITS) as site:
        yield site


def test_a_body_over_the_limit_is_refused(small: Site) -> None:
    answer = small.call("PUT", f"/courses/{COURSE}", body={"title": "x" * 3000})
    assert answer.status_code == 413
    assert answer.json()["type"] == "/problems/body_too_large"
    assert small.call("GET", f"/courses/{COURSE}").status_code == 404


def test_a_streamed_body_is_counted_while_it_comes(small: Site) -> None:
    sent: list[int] = []

    def chunks() -> Iterator[bytes]:
        for number in range(100):
            sent.append(number)
            yield b"x" * 100

    token = small.token("lms")
    headers = {"Authorization": f"Bearer {token}"}
    answer = small.http.put(f"/api/v1/courses/{COURSE}", content=chunks(), headers=headers)
    assert answer.status_code == 413


def test_callbacks_may_be_larger(small: Site) -> None:
    path = reviewed_path("x")
    assert small.callback(path, b"x" * 3000).status_code == 422
    assert small.callback(path, b"x" * 5000).status_code == 413


def test_a_token_is_got_by_form_or_basic_and_no_other_way(embedded_site: Site) -> None:
    from proctor_hub.services.access import clients
    from tests.support import OPERATOR

    made = clients.create(embedded_site.hub, OPERATOR, clients.ClientKind.VENDOR, vendor="acme")
    name, secret = made.client.client_id, made.secret
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}

    def ask(**changes: str | None) -> int:
        data = {k: v for k, v in {**form, **changes}.items() if v is not None}
        return embedded_site.http.post("/oauth2/access_token", data=data).status_code

    got = embedded_site.http.post("/oauth2/access_token", data={**form, "token_type": "jwt"})
    assert got.status_code == 200
    answer = got.json()
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("JWT", 3600, "vendor")
    for word in ("JWT", "Bearer", "jwt"):
        headers = {"Authorization": f"{word} {answer['access_token']}"}
        opened = embedded_site.http.post(reviewed_path("x"), content=b"{}", headers=headers)
        assert opened.status_code == 422, "recognised, and the body makes no sense"
        api = embedded_site.http.get("/api/v1/courses", headers=headers)
        assert (api.status_code, api.json()["type"]) == (403, "/problems/vendor_token")
    assert ask(client_secret="wrong") == 401
    assert ask(client_id="unknown") == 401
    assert ask(client_id=None) == 401
    assert ask(grant_type="password") == 400
    assert ask(grant_type=None) == 400
    grant = {"grant_type": "client_credentials"}
    basic = embedded_site.http.post("/oauth2/access_token", data=grant, auth=(name, secret))
    assert basic.status_code == 200
    junk = embedded_site.http.post("/oauth2/access_token", content=b"\xff\xfe")
    assert (junk.status_code, junk.json()["error"]) == (400, "invalid_request")


def test_a_body_that_makes_no_sense_names_its_fields(embedded_site: Site) -> None:
    embedded_site.course()
    body = {"content_id": "b", "name": "n", "exam_type": "oral", "time_limit_minutes": 0, "x": 1}
    answer = embedded_site.call("POST", f"/courses/{COURSE}/exams", body=body)
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"exam_type", "time_limit_minutes", "x"}
    junk = embedded_site.call(
        "PUT", f"/courses/{COURSE}", headers={"Content-Type": "application/json"}
    )
    assert set(junk.json()["fields"]) == {"body"}


def test_a_create_with_a_key_happens_once(site: Site) -> None:
    site.course()
    site.person("ann", course_id=COURSE)
    body = {"exam_id": site.exam(), "user_id": "ann"}
    key = {"Idempotency-Key": "one"}
    first = site.call("POST", "/attempts", body=body, headers=key)
    again = site.call("POST", "/attempts", body=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["Idempotent-Replayed"] == "true"
    other = site.call("POST", "/attempts", body={**body, "user_id": "bob"}, headers=key)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/idempotency_key_reused")
    without = site.call("POST", "/attempts", body=body)
    assert (without.status_code, without.json()["type"]) == (409, "/problems/live_attempt_exists")
    with site.hub.database.read() as conn:
        assert len(conn.execute(attempts.select()).all()) == 1


def test_a_defect_of_ours_tells_nothing(
    embedded_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proctor_hub.services import courses

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret words")

    monkeypatch.setattr(courses, "get_course", fails)
    answer = embedded_site.call("GET", f"/courses/{COURSE}")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


def test_unknown_paths_and_methods_are_problems(embedded_site: Site) -> None:
    for method, path, status in (("GET", "/nope", 404), ("DELETE", "/healthz", 405)):
        answer = embedded_site.http.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"


def test_health_says_that_the_hub_can_serve(embedded_site: Site) -> None:
    answer = embedded_site.http.get("/healthz")
    assert answer.json() == {"status": "ok", "vendors": 1, "broken_vendors": 0}


@pytest.mark.parametrize(
    ("peer", "forwarded", "found"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", None, "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: str | None, found: str) -> None:
    class App:
        class state:
            web = WebSettings(trusted_proxies=[ip_network("10.0.0.0/8")])

    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope = {"type": "http", "app": App, "client": (peer, 1), "headers": headers}
    assert source_address(Request(scope)) == found


def test_a_refused_callback_is_kept_under_its_source(embedded_site: Site) -> None:
    embedded_site.callback(reviewed_path("x"), b"{}", None)
    with embedded_site.hub.database.read() as conn:
        row = conn.execute(callbacks.select()).one()
    assert (row.quarantined, row.outcome) == (True, "refused")
