"""Receives the hub's events and keeps what they do. Standard library only.

    EVENTS_SECRETS=whsec_…,whsec_… python receiver.py --port 9100 --database events.db

Each event is verified, stored and applied in one transaction, and acknowledged after its commit.
"""

import argparse
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 300  # seconds an event's timestamp may differ from this clock
MAX_BODY = 64 * 1024
SCHEMA = """
CREATE TABLE IF NOT EXISTS events (
    id TEXT PRIMARY KEY, exam_id INTEGER NOT NULL, user_id TEXT NOT NULL,
    sequence INTEGER NOT NULL, outcome TEXT NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS events_in_order ON events (exam_id, user_id, sequence);
CREATE TABLE IF NOT EXISTS exams (
    course_id TEXT, content_id TEXT, user_id TEXT, is_open INTEGER NOT NULL DEFAULT 1,
    answers_kept INTEGER NOT NULL DEFAULT 1, override INTEGER, credit TEXT, status TEXT,
    PRIMARY KEY (course_id, content_id, user_id));
"""
# Here you call your LMS instead: see "Put it into your LMS".
EFFECTS = {
    "close_exam_submit_answers": "is_open = 0",
    "reopen_keep_answers": "is_open = 1",
    "clear_answers": "is_open = 1, answers_kept = 0",
    "override_grade_zero": "override = 0",
    "undo_override": "override = NULL",
    "clear_credit_requirement": "credit = NULL",
}


class Refused(Exception):
    """The request is not taken; ``status`` is the answer."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


def key_of(secret):
    """The key a secret stands for: base64 after ``whsec_``, else the text itself."""
    if secret.startswith("whsec_"):
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    else:
        key = secret.encode()
    if not key:
        raise SystemExit("EVENTS_SECRETS holds an empty secret, which anybody could sign with")
    return key


def verified(headers, body, keys, now):
    """The event in ``body``, if one of ``keys`` signed it, and lately; else Refused."""
    event_id, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit()) or abs(now - int(stamp[:12])) > TOLERANCE:
        raise Refused(401, "the timestamp is missing, or too far from this clock")
    message = b".".join([event_id.encode(), stamp.encode(), body])
    # While a secret is exchanged the hub signs with both, and you may hold either, or both.
    given = headers.get("webhook-signature", "").split()
    wanted = ["v1," + _digest(key, message) for key in keys]
    if not any(hmac.compare_digest(g.encode(), w.encode()) for g in given for w in wanted):
        raise Refused(401, "not signed by the hub")
    try:
        event = json.loads(body)
        if event["id"] != event_id:
            raise Refused(422, "the id in the header is another one")
        return event
    except (ValueError, KeyError, TypeError):
        raise Refused(422, "not an event") from None


def _digest(key, message):
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def take(connection, event):
    """Apply one event, once and in order, in one transaction; return what became of it."""
    stream = (event["exam_id"], event["user_id"])
    with connection:  # commits, or rolls back when something is raised
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("SELECT 1 FROM events WHERE id = ?", [event["id"]]).fetchone():
            return "repeated"
        (last,) = connection.execute(
            "SELECT max(sequence) FROM events WHERE exam_id = ? AND user_id = ?", stream
        ).fetchone()
        # The hub sends in order. What comes late all the same must not undo what came after it.
        outcome = "late" if last is not None and event["sequence"] < last else "applied"
        connection.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)",
            [event["id"], *stream, event["sequence"], outcome, json.dumps(event)],
        )
        if outcome == "applied":
            apply(connection, event)
    return outcome


def apply(connection, event):
    """Do what the event says, in the order it says it."""
    exam = (event["course_id"], event["content_id"], event["user_id"])
    connection.execute(
        "INSERT OR IGNORE INTO exams (course_id, content_id, user_id) VALUES (?, ?, ?)", exam
    )
    for effect in event["effects"]:
        if effect not in EFFECTS:
            raise Refused(422, f"this receiver does not know the effect {effect}")
        connection.execute(
            f"UPDATE exams SET {EFFECTS[effect]} "  # noqa: S608 - a table of ours
            "WHERE course_id = ? AND content_id = ? AND user_id = ?",
            exam,
        )
    connection.execute(
        "UPDATE exams SET status = ?, credit = coalesce(?, credit) "
        "WHERE course_id = ? AND content_id = ? AND user_id = ?",
        [event["to_status"], event["credit"], *exam],
    )


class Receiver(BaseHTTPRequestHandler):
    """``POST /events``. The server has ``database`` and ``keys``."""

    timeout = 10  # seconds a slow sender may hold a thread

    def do_POST(self):
        """Take one event; 2xx only after the commit."""
        try:
            if self.path != "/events":
                raise Refused(404, "events go to /events")
            event = verified(self.headers, self._body(), self.server.keys, time.time())
            with closing(sqlite3.connect(self.server.database, timeout=30)) as connection:
                connection.isolation_level = None
                connection.execute("PRAGMA synchronous = FULL")
                self._answer(200, {"outcome": take(connection, event)})
        except Refused as refused:
            self._answer(refused.status, {"error": str(refused)})
        except (KeyError, TypeError, sqlite3.Error) as error:
            # The hub tries again later; nothing was stored.
            self._answer(500, {"error": type(error).__name__})

    def _body(self):
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise Refused(411, "a length is needed")
        if int(length) > MAX_BODY:
            raise Refused(413, "too large")
        return self.rfile.read(int(length))

    def _answer(self, status, content):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        """Say nothing: events name learners."""


def main():
    """Serve on loopback until interrupted; put a server with TLS before it."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, default=9100)
    arguments.add_argument("--database", default="events.db")
    given = arguments.parse_args()
    with closing(sqlite3.connect(given.database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
    server = ThreadingHTTPServer(("127.0.0.1", given.port), Receiver)
    server.database = given.database
    server.keys = [key_of(secret.strip()) for secret in os.environ["EVENTS_SECRETS"].split(",")]
    server.serve_forever()


if __name__ == "__main__":
    main()
