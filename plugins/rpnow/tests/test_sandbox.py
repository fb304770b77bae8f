"""The RPNow sandbox, through its HTTP surface, with a small real server in the hub's role."""

from __future__ import annotations

import base64
import json
import threading
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from Crypto.Cipher import DES3
from Crypto.Util.Padding import pad

from proctor_hub_rpnow.sandbox import SandboxSettings, create_app
from proctor_hub_rpnow.sandbox.wire import signature

with warnings.catch_warnings():  # starlette recommends another HTTP client for its test client
    warnings.filterwarnings("ignore", message="Using `httpx` with")
    from fastapi.testclient import TestClient

VECTOR = Path(__file__).with_name("registration_vector.json")
KEY = "123456789123456712345678"
SECRET = "4B230FA45A6EC5AE8FDE2AFFACFABAA16D8A3D0B"
DATE = "Wed, 15 Jul 2015 05:11:31 GMT"
NOW = datetime(2015, 7, 15, 5, 11, 31, tzinfo=UTC)
CODE = "ABCD-1234"
CALLBACK = "/api/edx_proctoring/proctoring_review_callback/"


@dataclass
class Seen:
    """One request the hub received."""

    method: str
    path: str
    content_type: str
    body: bytes


@dataclass
class Hub:
    """A real HTTP server in the hub's role; it redirects starts and wants a token on reviews."""

    seen: list[Seen] = field(default_factory=list)
    start_status: int = 302
    url: str = ""

    def answer(self, seen: Seen) -> tuple[int, dict[str, str]]:
        self.seen.append(seen)
        if seen.path.startswith("/start/"):
            return self.start_status, {"Location": "/exam?proof=secret-proof"}
        if seen.path == "/exam?proof=secret-proof":
            return 200, {}
        return (200 if seen.path.endswith("?token=hub-token") else 403), {}

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(seen.body) for seen in self.seen if seen.method == "POST"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            content_type = self.headers.get("Content-Type", "")
            status, headers = hub.answer(Seen(self.command, self.path, content_type, body))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        do_GET = do_POST = _any

        def log_message(self, format: str, *args: Any) -> None:
            """Tests stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_port}"
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Sandbox:
    """The sandbox under test with its clock, and a client that registers as a hub would."""

    client: TestClient
    hub: Hub
    now: datetime = NOW
    slept: list[float] = field(default_factory=list)

    def body(self, **changes: Any) -> dict[str, Any]:
        body = vector_body()
        body["examUrl"] = f"{self.hub.url}/start/{CODE}?t=start-token"
        return body | changes

    def register(self, body: dict[str, Any] | None = None, **headers: str) -> Any:
        body = self.body() if body is None else body
        sent = {"Content-Type": "application/json", "Date": DATE}
        sent["Authorization"] = f"SSI foo:{signature(SECRET, DATE, body)}"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/api/registrations", content=json.dumps(body), headers=sent)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(f"/sandbox/{path}", json=body)

    def journal(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.client.get("/sandbox/journal").json()
        return entries


@pytest.fixture
def sandbox(hub: Hub) -> Iterator[Sandbox]:
    settings = SandboxSettings(
        organization="edx",
        secret_key_id="foo",
        secret_key=SECRET,
        crypto_key=KEY,
        review_url=f"{hub.url}{CALLBACK}?token=hub-token",
    )
    box: Sandbox
    app = create_app(settings, lambda: box.now, sleep=lambda seconds: box.slept.append(seconds))
    with TestClient(app, follow_redirects=False) as client:
        box = Sandbox(client, hub)
        yield box


def vector_body() -> dict[str, Any]:
    """The registration of the vector in wire/rpnow.md."""
    body: dict[str, Any] = json.loads(VECTOR.read_text(encoding="utf-8"))
    return body


def test_registration_answers_a_locator_and_lists_the_rules(sandbox: Sandbox) -> None:
    answer = sandbox.register()
    assert answer.status_code == 200
    listed = sandbox.client.get("/sandbox/registrations").json()
    assert listed[0]["ssi_record_locator"] == answer.json()["ssiRecordLocator"]
    assert listed[0]["reviewer_notes"] == "Open notes; helper allowed"
    assert listed[0]["session"] == "registered"
    assert sandbox.journal()[-1]["status"] == 200


def test_a_flipped_byte_is_refused(sandbox: Sandbox) -> None:
    good = signature(SECRET, DATE, sandbox.body())
    flipped = ("A" if good[0] != "A" else "B") + good[1:]
    assert sandbox.register(Authorization=f"SSI foo:{flipped}").status_code == 401
    tampered = sandbox.body(reviewerNotes="open notes; helper allowed")
    assert sandbox.register(tampered, Authorization=f"SSI foo:{good}").status_code == 401
    assert sandbox.register(Authorization=f"SSI bar:{good}").status_code == 401
    assert sandbox.register(Authorization="").status_code == 401
    assert sandbox.client.get("/sandbox/registrations").json() == []


def test_a_stale_or_malformed_date_is_refused(sandbox: Sandbox) -> None:
    sandbox.now = NOW + timedelta(minutes=5, seconds=1)
    assert sandbox.register().status_code == 401
    sandbox.now = NOW - timedelta(minutes=5, seconds=1)
    assert sandbox.register().status_code == 401
    sandbox.now = NOW
    for date in ("", "2015-07-15T05:11:31Z", DATE.replace("GMT", "+0000"), "Thu" + DATE[3:]):
        signed = f"SSI foo:{signature(SECRET, date, sandbox.body())}"
        assert sandbox.register(Date=date, Authorization=signed).status_code == 401, date


def test_content_type_and_json_are_enforced(sandbox: Sandbox) -> None:
    assert sandbox.register(Content_Type="text/plain").status_code == 415
    assert sandbox.register(Content_Type="application/json; charset=utf-8").status_code == 200
    headers = {"Content-Type": "application/json", "Date": DATE}
    for raw in (b"{", b"[]", b"\xff", b"[" * 100_000, b'{"a": "\\ud800"}'):
        answer = sandbox.client.post("/api/registrations", content=raw, headers=headers)
        assert answer.status_code == 400, raw[:20]
    big = sandbox.client.post("/api/registrations", content=b" " * 1_048_577, headers=headers)
    assert big.status_code == 413


def test_a_password_that_hides_another_code_is_refused(sandbox: Sandbox) -> None:
    other = DES3.new(KEY.encode(), DES3.MODE_ECB).encrypt(pad(b"OTHER-CODE", 8))
    for password in (base64.b64encode(other).decode(), "not base64!", "", "AAAA"):
        answer = sandbox.register(sandbox.body(examPassword=password))
        assert answer.status_code == 422
        assert "examPassword" in answer.json()["error"]


def test_a_duplicate_code_makes_another_record(sandbox: Sandbox) -> None:
    first = sandbox.register().json()["ssiRecordLocator"]
    second = sandbox.register().json()["ssiRecordLocator"]
    assert first != second
    assert "duplicate" in sandbox.journal()[-1]["note"]
    attempt = sandbox.client.get(f"/sandbox/attempts/{CODE}").json()
    assert attempt["ssi_record_locator"] == second


def test_the_secure_browser_knows_the_start_token(sandbox: Sandbox, hub: Hub) -> None:
    sandbox.register()
    answer = sandbox.post("secure-browser", exam_code=CODE)
    assert answer.json() == {
        "status": 302,
        "location": f"{hub.url}/exam?proof=secret-proof",
        "session": "open",
    }
    assert [seen.path for seen in hub.seen] == [f"/start/{CODE}?t=start-token"]


def test_a_code_is_single_use_but_may_re_enter(sandbox: Sandbox, hub: Hub) -> None:
    sandbox.register()
    close = f"attempts/{CODE}/close-browser"
    assert sandbox.post(close).status_code == 409
    for _ in range(2):
        assert sandbox.post("secure-browser", exam_code=CODE).status_code == 200
        assert sandbox.client.post(f"/sandbox/{close}").json()["session"] == "closed"
    sandbox.post("secure-browser", exam_code=CODE)
    assert sandbox.post(close, finished=True).json()["session"] == "finished"
    assert sandbox.post("secure-browser", exam_code=CODE).status_code == 409
    assert len(hub.seen) == 3
    assert sandbox.post("secure-browser", exam_code="unknown").status_code == 404


def test_a_review_ends_an_entered_session(sandbox: Sandbox) -> None:
    sandbox.register()
    sandbox.post(f"attempts/{CODE}/review")
    assert sandbox.post("secure-browser", exam_code=CODE).status_code == 200
    sandbox.post(f"attempts/{CODE}/review", wrong_locator=True)
    assert sandbox.post("secure-browser", exam_code=CODE).status_code == 200
    sandbox.post(f"attempts/{CODE}/review")
    assert sandbox.post("secure-browser", exam_code=CODE).status_code == 409


def test_a_hub_that_refuses_or_is_away_opens_nothing(sandbox: Sandbox, hub: Hub) -> None:
    sandbox.register()
    hub.start_status = 404
    assert sandbox.post("secure-browser", exam_code=CODE).json()["session"] == "registered"
    sandbox.register(sandbox.body(examUrl="http://127.0.0.1:1/x?t=start-token"))
    answer = sandbox.post("secure-browser", exam_code=CODE)
    assert answer.status_code == 502
    assert "start-token" not in answer.text


def test_a_review_has_the_wire_shape(sandbox: Sandbox, hub: Hub) -> None:
    locator = sandbox.register().json()["ssiRecordLocator"]
    desktop = {"comments": "Browsing", "duration": 88, "eventStart": 12, "eventFinish": 88}
    answers = sandbox.post(
        f"attempts/{CODE}/review",
        review_status="Suspicious",
        desktop_comments=[desktop],
        webcam_comments=[{"comments": "No ID", "eventStatus": "Rules Violation"}],
        content_type="text/plain",
    ).json()
    assert [(answer["status"], answer["answer"]) for answer in answers] == [(200, "ok")]
    body = hub.bodies()[0]
    assert hub.seen[0].content_type == "text/plain"
    assert body["reviewStatus"] == "Suspicious"
    assert body["examDate"] == "Jul 15 2015  5:11AM"
    assert body["examProcessingStatus"] == "Review Completed"
    assert body["examApiData"] == sandbox.body()
    assert body["examMetaData"]["examCode"] == CODE
    assert body["examMetaData"]["ssiRecordLocator"] == locator
    assert body["examMetaData"]["reviewedExam"] == "True"
    assert body["examMetaData"]["simulatedExam"] == "False"
    assert body["desktopComments"] == [{**desktop, "eventStatus": "Suspicious"}]
    assert body["webCamComments"][0]["eventFinish"] == 10
    link = body["videoReviewLink"]
    assert link == f"http://testserver/video/{CODE}/DirectLink-Generic.aspx"
    html5 = sandbox.client.get(link.replace("DirectLink-Generic", "DirectLink-HTML5"))
    assert html5.status_code == 200
    assert sandbox.client.get(f"/video/{CODE}").status_code == 200


def test_a_series_out_of_order_with_copies(sandbox: Sandbox, hub: Hub) -> None:
    sandbox.register()
    series = [{"review_status": "Suspicious", "copies": 2}, {"review_status": "Clean"}]
    answers = sandbox.post(f"attempts/{CODE}/review", reviews=series, order="reversed").json()
    sent = ["Clean", "Suspicious", "Suspicious"]
    assert [answer["review_status"] for answer in answers] == sent
    assert [body["reviewStatus"] for body in hub.bodies()] == sent
    assert hub.seen[1].body == hub.seen[2].body
    assert sandbox.client.get(f"/sandbox/attempts/{CODE}").json()["reviews_sent"] == 3


def test_forged_reviews_look_forged(sandbox: Sandbox, hub: Hub) -> None:
    locator = sandbox.register().json()["ssiRecordLocator"]
    answers = sandbox.post(f"attempts/{CODE}/review", without_token=True, video=False).json()
    assert answers[0]["status"] == 403
    assert hub.seen[0].path == CALLBACK
    assert hub.bodies()[0]["videoReviewLink"] == ""
    sandbox.post(f"attempts/{CODE}/review", wrong_locator=True)
    assert hub.bodies()[1]["examMetaData"]["ssiRecordLocator"] != locator
    assert sandbox.client.get(f"/sandbox/attempts/{CODE}").json()["reviews_sent"] == 0


def test_down_lasts_as_long_as_ordered(sandbox: Sandbox) -> None:
    sandbox.post("faults", down_for_s=30)
    assert sandbox.register().status_code == 503
    sandbox.now = NOW + timedelta(seconds=30)
    assert sandbox.register().status_code == 200


def test_counted_faults_spoil_that_many_registrations(sandbox: Sandbox) -> None:
    order = {"answer_without_locator": 1, "error_page": 1, "garbage": 1, "slow_ms": 40}
    sandbox.post("faults", **order, status={"code": 418, "count": 2})
    assert sandbox.register(Authorization="SSI foo:bad").status_code == 401
    assert [sandbox.register().status_code for _ in range(3)] == [418, 418, 500]
    garbage = sandbox.register()
    assert garbage.status_code == 200
    with pytest.raises(ValueError):
        garbage.json()
    assert sandbox.client.get("/sandbox/registrations").json() == []
    assert sandbox.register().json() == {}
    assert len(sandbox.client.get("/sandbox/registrations").json()) == 1
    assert "ssiRecordLocator" in sandbox.register().json()
    assert sandbox.slept == [0.04] * 7


def test_faults_are_cleared_and_checked(sandbox: Sandbox) -> None:
    sandbox.post("faults", down_for_s=30, garbage=5)
    assert sandbox.client.delete("/sandbox/faults").json()["garbage"] == 0
    assert sandbox.register().status_code == 200
    for wrong in ({"garbage": -1}, {"slow_ms": 10**9}, {"unknown": 1}):
        assert sandbox.post("faults", **wrong).status_code == 422


def test_the_page_escapes_what_the_hub_sent(sandbox: Sandbox) -> None:
    attack = "<script>alert('x')</script>"
    sandbox.register(sandbox.body(reviewerNotes=attack))
    page = sandbox.client.get("/")
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(&#39;x&#39;)" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    video = sandbox.client.get(f"/video/{CODE}/%3Cscript%3E")
    assert "<script" not in video.text


def test_no_secret_on_page_list_or_journal(sandbox: Sandbox) -> None:
    sandbox.register()
    sandbox.post("secure-browser", exam_code=CODE)
    sandbox.post(f"attempts/{CODE}/review")
    paths = ("/", "/sandbox/registrations", "/sandbox/journal", f"/sandbox/attempts/{CODE}")
    shown = "".join(sandbox.client.get(path).text for path in paths)
    secrets = (SECRET, KEY, "start-token", "hub-token", "secret-proof", "G6Rx", "B Cee")
    assert [secret for secret in secrets if secret in shown] == []
    whats = [(entry["direction"], entry["what"], entry["status"]) for entry in sandbox.journal()]
    assert whats == [
        ("received", "registration", 200),
        ("sent", "secure browser opens", 302),
        ("sent", "review Clean", 200),
    ]


def test_the_forms_steer_the_vendor(sandbox: Sandbox, hub: Hub) -> None:
    client = sandbox.client
    sandbox.register()
    opened = client.post("/page/secure-browser", data={"exam_code": CODE})
    assert f'href="{hub.url}/exam?proof=secret-proof"' in opened.text
    closed = client.post("/page/close-browser", data={"exam_code": CODE})
    assert (closed.status_code, closed.headers["location"]) == (303, "/")
    form = {"exam_code": CODE, "review_status": "Rules Violation", "desktop": "Music\n\nPhone"}
    assert client.post("/page/review", data=form | {"copies": "2"}).status_code == 303
    assert [seen["reviewStatus"] for seen in hub.bodies()] == ["Rules Violation"] * 2
    comments = hub.bodies()[0]["desktopComments"]
    texts = [(item["comments"], item["eventStatus"]) for item in comments]
    assert texts == [("Music", "Rules Violation"), ("Phone", "Rules Violation")]
    muddled = {"copies": "1", "then": "Clean", "order": "reversed"}
    assert client.post("/page/review", data=form | muddled).status_code == 303
    assert [seen["reviewStatus"] for seen in hub.bodies()[2:]] == ["Clean", "Rules Violation"]
    assert client.post("/page/review", data=form | {"copies": "0"}).status_code == 422
    client.post("/page/faults", data={"down_for_s": "30", "status_code": "500", "garbage": ""})
    faults = client.get("/sandbox/faults").json()
    assert (faults["down_for_s"], faults["status"]) == (30, {"code": 500, "count": 1})
    client.post("/page/faults", data={"clear": "yes"})
    assert client.get("/sandbox/faults").json()["down_for_s"] == 0
    assert client.get("/download").status_code == 200
