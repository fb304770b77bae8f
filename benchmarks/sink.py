"""The LMS that effects are delivered to: answers at once, and tells how long each was on its way.

``python -m benchmarks.sink PORT``. A bare HTTP handler, nothing of the hub in it.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

import requests
import uvicorn

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Sink:
    """Counts events by id, and how late each one came; ``GET /`` tells, ``DELETE /`` forgets."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.lags: dict[str, float] = {}
        self.repeated = 0
        self.disordered = 0
        self.last = 0.0
        self._newest: dict[tuple[str, str], int] = {}

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        answer = b"{}"
        if scope["method"] == "POST":
            self._take(json.loads(body))
        elif scope["method"] == "DELETE":
            self._forget()
        else:
            answer = json.dumps(self._told()).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    def _take(self, event: Mapping[str, Any]) -> None:
        now = time.time()
        self.last = now
        if event["id"] in self.lags:
            self.repeated += 1
            return
        self.lags[event["id"]] = now - datetime.fromisoformat(event["occurred_at"]).timestamp()
        stream = (event["user_id"], event["content_id"])
        self.disordered += event["sequence"] <= self._newest.get(stream, -1)
        self._newest[stream] = event["sequence"]

    def _told(self) -> dict[str, Any]:
        lags = sorted(self.lags.values())
        return {
            "events": len(lags),
            "repeated": self.repeated,
            "disordered": self.disordered,
            "last": self.last,
            "p50_ms": 1000 * lags[len(lags) // 2] if lags else 0.0,
            "p99_ms": 1000 * lags[min(len(lags) * 99 // 100, len(lags) - 1)] if lags else 0.0,
        }


def told(url: str) -> dict[str, Any]:
    """What the sink at ``url`` has to say."""
    found: dict[str, Any] = requests.get(url, timeout=10).json()
    return found


def wait_for(url: str, events: int, seconds: float) -> dict[str, Any]:
    """What the sink says once it has so many events.

    :raises SystemExit: they do not come in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = told(url)
        if found["events"] >= events:
            if found["disordered"]:
                raise SystemExit(f"{found['disordered']} events came out of order")
            return found
        time.sleep(0.05)
    raise SystemExit(f"only {told(url)['events']} of {events} events came in {seconds:.0f} s")


if __name__ == "__main__":
    uvicorn.run(Sink(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
