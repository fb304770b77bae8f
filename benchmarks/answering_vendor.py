"""A vendor that answers at once: ``python -m benchmarks.answering_vendor PORT``.

Speaks just enough of the REST provider protocol to open sessions, without a framework or a
database, so that what is measured is the hub.
"""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import uvicorn

Message = dict[str, Any]
_numbers = itertools.count()


async def app(
    scope: Message,
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """A token for everybody, a new id for every registration, the same steps for every session."""
    while (await receive()).get("more_body"):
        continue
    answer: dict[str, object] = {"status": "submitted"}
    if scope["method"] == "GET":
        answer |= {
            "instructions": ["Install the software.", "Start it and follow it."],
            "download_url": "https://vendor.example.com/software",
        }
    if scope["path"].endswith("/access_token"):
        answer = {"access_token": "bench", "expires_in": 36_000}
    elif scope["method"] == "POST":
        answer = {"id": f"answered-{next(_numbers)}"}
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(answer).encode()})


if __name__ == "__main__":
    uvicorn.run(
        app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off",
        access_log=False,
    )  # fmt: skip
