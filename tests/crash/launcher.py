"""Starts programs of the hub in an instant: ``python -m tests.crash.launcher``.

Loading the hub takes a second or more, and a crash test starts it dozens of times. So this process
loads it once and forks; each child is a real process of its own that runs ``proctor-hub`` with the
arguments given, opens its own database connections and sockets, and dies by itself.

Reads a JSON list of commands, one per line, on standard input: ``["start", log, arg, …]`` answers
the pid, ``["kill", pid]`` kills with SIGKILL and answers the wait status, ``["look", pid]`` answers
the wait status of one that has ended by itself, else null.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import threading
import traceback


def load() -> None:
    """Import everything a server or worker imports; nothing is opened and no thread begun."""
    import dbos  # noqa: F401
    import uvicorn.lifespan.on
    import uvicorn.loops.auto
    import uvicorn.protocols.http.auto
    import uvicorn.protocols.websockets.auto  # noqa: F401

    import proctor_hub.app
    import proctor_hub.cli.root
    import proctor_hub.cli.serve
    import proctor_hub.cli.worker  # noqa: F401
    import proctor_hub_rpnow  # noqa: F401
    from proctor_hub.storage.engine import sqlite_module

    sqlite_module()
    gc.freeze()


def _start(log: str, arguments: list[str]) -> int:
    pid = os.fork()
    if pid:
        return pid
    status = 99
    try:
        out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(out, 1)
        os.dup2(out, 2)
        from proctor_hub.cli import main

        status = main(arguments)
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _ended(pid: int, options: int) -> int | None:
    found, status = os.waitpid(pid, options)
    return None if found == 0 else os.waitstatus_to_exitcode(status)


def main_loop() -> None:
    """Serve commands until standard input ends; then kill what is left."""
    load()
    assert threading.active_count() == 1, threading.enumerate()
    running: set[int] = set()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        word, *rest = json.loads(line)
        answer: int | None
        if word == "start":
            answer = _start(rest[0], rest[1:])
            running.add(answer)
        elif word == "kill":
            os.kill(rest[0], signal.SIGKILL)
            answer = _ended(rest[0], 0)
            running.discard(rest[0])
        else:
            answer = _ended(rest[0], os.WNOHANG)
            if answer is not None:
                running.discard(rest[0])
        print(json.dumps(answer), flush=True)
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main_loop()
