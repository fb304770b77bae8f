"""One id from a vendor's call to the LMS: in the answer, logs, rows and the LMS's request."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import structlog

from proctor_hub.app import utc_now
from proctor_hub.jobs.endpoints import ways
from proctor_hub.jobs.relay import Relay
from proctor_hub.storage.tables import callbacks, outbox
from proctor_hub.testing.fake_vendor import review_body, reviewed_path
from tests.transports.support import endpoint, loaded
from tests.web.site import COURSE, a_site

TRACE = "vendor-call.4711"
LEARNER = "zoe.marigold"


class Sink(ThreadingHTTPServer):
    """An LMS that takes every event and remembers under which request id it came."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: dict[str, str | None] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/events"


class _Handler(BaseHTTPRequestHandler):
    server: Sink

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen[body["type"]] = self.headers.get("X-Request-ID")
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is written."""


@contextmanager
def a_sink() -> Iterator[Sink]:
    with Sink() as sink:
        thread = threading.Thread(target=sink.serve_forever, daemon=True)
        thread.start()
        try:
            yield sink
        finally:
            sink.shutdown()
            thread.join(20)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the hub logs, as the running server writes it, one JSON object a line."""
    written = io.StringIO()
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(written),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    yield written
    structlog.configure(**before)


def test_one_id_leads_from_the_callback_to_its_last_effect(
    database_url: str, lines: io.StringIO
) -> None:
    with a_site(database_url) as site, a_sink() as sink:
        site.course()
        site.person(LEARNER, course_id=COURSE)
        code = site.taken(site.exam(), LEARNER)
        config = endpoint("", "webhook", events_url=sink.url, signing_secrets=["a secret text"])
        relay = Relay(site.hub, ways(loaded(config, clock=utc_now)))
        relay.run_once()
        headers = {"Authorization": f"JWT {site.token('vendor')}", "X-Request-ID": TRACE}
        answer = site.http.post(
            reviewed_path(site.external_id(code)), content=review_body("passed"), headers=headers
        )
        assert (answer.status_code, answer.headers["x-request-id"]) == (200, TRACE)
        relay.run_once()
        relay.stop()
        with site.hub.database.read() as conn:
            kept = [row.trace_id for row in conn.execute(callbacks.select())]
            rows = [row for row in conn.execute(outbox.select()) if row.trace_id == TRACE]
    assert kept.count(TRACE) == 1
    assert [(row.destination, row.kind) for row in rows] == [("lms", "verified")]
    assert sink.seen["verified"] == TRACE
    # The id of a request that had none is one of ours, and goes the same way.
    assert sink.seen["started"] not in (None, "", TRACE)
    logged = [json.loads(line) for line in lines.getvalue().splitlines()]
    mine = [line for line in logged if line.get("request_id") == TRACE]
    assert [line["event"] for line in mine] == ["request", "delivered"]
    assert mine[1]["event_id"] == rows[0].event_id
    assert [line for line in logged if not line.get("request_id")] == []
    for personal in (LEARNER, "x.test", "marigold", "secret text"):
        assert personal not in lines.getvalue().lower()
