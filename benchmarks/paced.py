"""Reviews sent at a steady rate: ``python -m benchmarks.paced URL TOKEN FIRST RATE SECONDS``.

Prints what came of it as JSON. A process of its own, so that the sender's threads do not share an
interpreter with what measures.
"""

from __future__ import annotations

import http.client
import json
import random
import sys
import threading
import time
from urllib.parse import urlsplit

from benchmarks.bodies import review

THREADS = 8
_PATH = "/api/edx_proctoring/v1/proctored_exam/attempt/bench-{}/reviewed"


def send(url: str, token: str, first: int, rate: float, seconds: float) -> dict[str, float]:
    """Send reviews of the attempts from ``first`` on; each at its own moment, late ones at once."""
    address = urlsplit(url)
    began = time.monotonic() + 0.2
    total = int(rate * seconds)
    accepted = [0] * THREADS
    headers = {"Authorization": f"JWT {token}", "Content-Type": "application/json"}

    def work(place: int) -> None:
        connection = http.client.HTTPConnection(address.hostname or "", address.port)
        chance = random.Random(place)
        for number in range(place, total, THREADS):
            time.sleep(max(began + number / rate - time.monotonic(), 0))
            body = review(chance, str(first + number))
            connection.request("POST", _PATH.format(first + number), body, headers)
            answer = connection.getresponse()
            answer.read()
            accepted[place] += answer.status == 200
        connection.close()

    threads = [threading.Thread(target=work, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"sent": total, "accepted": sum(accepted), "seconds": time.monotonic() - began}


if __name__ == "__main__":
    url, token, first, rate, seconds = sys.argv[1:]
    print(json.dumps(send(url, token, int(first), float(rate), float(seconds))))
