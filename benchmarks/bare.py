"""How fast events get to the sink with nothing but a loop around an HTTP connection."""

from __future__ import annotations

import http.client
import json
import threading
import time
import uuid
from urllib.parse import urlsplit

from benchmarks.backlog import payload

THREADS = 4


def bare_posts(url: str, seconds: float = 4.0) -> float:
    """Events per second that :data:`THREADS` threads of one process post to the sink at ``url``."""
    counts = [0] * THREADS
    ends_at = time.monotonic() + seconds
    address = urlsplit(url)

    def post(place: int) -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        while time.monotonic() < ends_at:
            event = json.dumps({"id": str(uuid.uuid4()), "sequence": 1, **payload(counts[place])})
            connection.request("POST", "/events", event, {"Content-Type": "application/json"})
            connection.getresponse().read()
            counts[place] += 1
        connection.close()

    threads = [threading.Thread(target=post, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / seconds
