"""The plugin against the simulated vendor, both over real HTTP; they share no code."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
import uvicorn

from proctor_hub import (
    Attempt,
    AttemptRef,
    CallbackEvent,
    CallbackOutcome,
    CallbackRequest,
    Exam,
    ExamType,
    Incident,
    Learner,
    RedirectToExam,
    Refused,
    Registered,
    ReviewReceived,
    ReviewStatus,
    SessionEntered,
    VendorError,
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub.vendors.account import AccountHost
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub_rpnow.plugin import RPNowPlugin
from proctor_hub_rpnow.sandbox import SandboxSettings, create_app
from proctor_hub_rpnow.settings import RPNowSettings

SECRET = "a-secret-for-loopback-only"
CRYPTO_KEY = "sixteen-byte-key"


@dataclass
class World:
    """Plugin and sandbox, and what the plugin made of the sandbox's calls."""

    plugin: RPNowPlugin
    host: AccountHost
    values: dict[str, object]
    sandbox: str
    events: list[CallbackEvent] = field(default_factory=list)
    refusals: list[Refused] = field(default_factory=list)

    def steer(self, path: str, order: dict[str, object]) -> Any:
        """Give the sandbox an order and return its answer."""
        with requests.Session() as session:
            session.trust_env = False
            reply = session.post(f"{self.sandbox}/sandbox/{path}", json=order, timeout=10)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def review(self, code: str, **order: object) -> Any:
        """Let the vendor's reviewers send a review."""
        return self.steer(f"attempts/{code}/review", order)

    def answer(self, request: CallbackRequest) -> int:
        """Do what the host does with a callback, without its database."""
        proof = self.plugin.authenticate_callback(request)
        if isinstance(proof, Refused):
            self.refusals.append(proof)
            return proof.status
        self.events.extend(self.plugin.parse_callback(request))
        outcome = CallbackOutcome(status=200, code="applied")
        answer = self.plugin.acknowledge_callback(request, outcome)
        return 302 if isinstance(answer, RedirectToExam) else 200


def callback_request(handler: BaseHTTPRequestHandler, plugin: RPNowPlugin) -> CallbackRequest:
    """The call as the host would pass it on, its route found among the plugin's own."""
    url = urlsplit(handler.path)
    for route in plugin.callback_routes():
        head, parameter, _ = route.path.partition("{attempt_code}")
        rest = url.path.removeprefix(head)
        if route.method == handler.command and (rest if parameter else url.path == route.path):
            return CallbackRequest(
                route=route.name,
                method=route.method,
                path=url.path,
                path_params={"attempt_code": rest} if parameter else {},
                query=dict(parse_qsl(url.query)),
                headers={name.lower(): value for name, value in handler.headers.items()},
                body=handler.rfile.read(int(handler.headers.get("Content-Length", 0))),
                source_address=handler.client_address[0],
            )
    raise AssertionError(f"no route for {handler.command} {url.path}")


@pytest.fixture
def world() -> Iterator[World]:
    """Hub's side and sandbox on free ports of loopback."""
    made: list[World] = []

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            status = made[0].answer(callback_request(self, made[0].plugin))
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/exam")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = _any

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: pytest's output is the test's."""

    vendor_socket = socket.create_server(("127.0.0.1", 0))
    with vendor_socket, ThreadingHTTPServer(("127.0.0.1", 0), Handler) as hub:
        made.append(build(f"http://127.0.0.1:{hub.server_port}", vendor_socket.getsockname()[1]))
        server = uvicorn.Server(sandbox_config(made[0]))
        threads = [
            threading.Thread(target=hub.serve_forever, kwargs={"poll_interval": 0.01}),
            threading.Thread(target=server.run, kwargs={"sockets": [vendor_socket]}),
        ]
        for thread in threads:
            thread.start()
        yield made[0]
        server.should_exit = True
        hub.shutdown()
        for thread in threads:
            thread.join(timeout=10)


def build(hub_url: str, vendor_port: int) -> World:
    """The plugin, pointed at the sandbox."""
    sandbox = f"http://127.0.0.1:{vendor_port}"
    values: dict[str, object] = {
        "organization": "edx",
        "exam_sponsor": "Example University",
        "exam_register_endpoint": f"{sandbox}/api/registrations",
        "secret_key_id": "key-1",
        "secret_key": SECRET,
        "crypto_key": CRYPTO_KEY,
        "software_download_url": f"{sandbox}/download",
        "allowed_networks": ["127.0.0.0/8"],
    }
    host = AccountHost(
        slug="rpnow",
        public_url=hub_url,
        http=BoundedHttpClient(),
        keys=(b"k" * 32,),
        clock=lambda: datetime.now(UTC),
    )
    plugin = RPNowPlugin(RPNowSettings.model_validate(values), host)
    return World(plugin=plugin, host=host, values=values, sandbox=sandbox)


def sandbox_config(world: World) -> uvicorn.Config:
    """The sandbox with the account's keys and the callback URL an operator would give it."""
    settings = SandboxSettings(
        organization="edx",
        secret_key_id="key-1",
        secret_key=SECRET,
        crypto_key=CRYPTO_KEY,
        review_url=world.plugin.callback_urls()["review"],
    )
    return uvicorn.Config(create_app(settings), log_level="warning", ws="none", lifespan="off")


def register(world: World, exam: Exam, learner: Learner, attempt: Attempt) -> str:
    registered = world.plugin.register_attempt(exam=exam, learner=learner, attempt=attempt)
    assert isinstance(registered, Registered)
    return registered.external_id


@pytest.mark.parametrize("exam_type", [ExamType.PROCTORED, ExamType.PRACTICE])
def test_registration_with_awkward_text_is_accepted(
    world: World, exam: Exam, learner: Learner, attempt: Attempt, exam_type: ExamType
) -> None:
    awkward = replace(exam, name="Prüfung #1: [Finale]", custom_rules="Notizen dürfen\nsein 🙂")
    mononym = replace(learner, full_name="Zoë")
    assert register(world, awkward, mononym, replace(attempt, exam_type=exam_type))


def test_a_whole_session(world: World, exam: Exam, learner: Learner, attempt: Attempt) -> None:
    locator = register(world, exam, learner, attempt)
    assert world.steer("secure-browser", {"exam_code": attempt.code})["status"] == 302
    comment = {"comments": "Phone", "eventStart": 5, "duration": 10}
    answers = world.review(
        attempt.code,
        review_status="Suspicious",
        webcam_comments=[comment | {"eventStatus": "Suspicious"}],
        overall_comments="look",
        content_type="text/plain",
    )
    assert [answer["status"] for answer in answers] == [200]
    entered, review = world.events
    assert entered == SessionEntered(attempt=AttemptRef(attempt_code=attempt.code))
    assert isinstance(review, ReviewReceived)
    assert review.attempt == AttemptRef(attempt_code=attempt.code, external_id=locator)
    assert review.status is ReviewStatus.SUSPICIOUS
    assert review.comment == "look"
    assert review.video_url is not None
    assert "DirectLink-HTML5" in review.video_url
    assert review.incidents == (
        Incident(
            start=5,
            stop=15,
            duration=10,
            text="Phone",
            status="Suspicious",
            original_status="Suspicious",
        ),
    )


@pytest.mark.parametrize("word", ["Clean", "Rules Violation", "Not Reviewed"])
def test_the_other_words(
    world: World, exam: Exam, learner: Learner, attempt: Attempt, word: str
) -> None:
    register(world, exam, learner, attempt)
    world.review(attempt.code, review_status=word)
    (review,) = world.events
    assert isinstance(review, ReviewReceived)
    assert review.status.label == word


def test_impostors(world: World, exam: Exam, learner: Learner, attempt: Attempt) -> None:
    locator = register(world, exam, learner, attempt)
    (answer,) = world.review(attempt.code, without_token=True)
    assert answer["status"] == 401
    assert world.events == []
    assert len(world.refusals) == 1
    world.review(attempt.code, wrong_locator=True)
    (review,) = world.events
    assert isinstance(review, ReviewReceived)
    assert review.attempt.external_id not in (None, locator)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"down_for_s": 60}, VendorUnavailable),
        ({"error_page": 1}, VendorUnavailable),
        ({"garbage": 1}, VendorProtocolError),
        ({"answer_without_locator": 1}, VendorProtocolError),
        ({"status": {"code": 429}}, VendorUnavailable),
        ({"status": {"code": 422}}, VendorRejected),
    ],
)
def test_faults_become_the_right_error(
    world: World,
    exam: Exam,
    learner: Learner,
    attempt: Attempt,
    fault: dict[str, object],
    error: type[VendorError],
) -> None:
    world.steer("faults", fault)
    with pytest.raises(error):
        register(world, exam, learner, attempt)


def test_wrong_secret_is_unauthorized(
    world: World, exam: Exam, learner: Learner, attempt: Attempt
) -> None:
    wrong = RPNowSettings.model_validate(world.values | {"secret_key": "wrong"})
    plugin = RPNowPlugin(wrong, world.host)
    with pytest.raises(VendorUnauthorized):
        plugin.register_attempt(exam=exam, learner=learner, attempt=attempt)
