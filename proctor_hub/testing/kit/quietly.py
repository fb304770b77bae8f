"""Imports or builds a plugin in a process of its own, where nothing may be touched.

Told on standard input as JSON: ``target`` (module:class), ``how`` (import, build), ``table``,
``path``. Exits with 1 and a sentence where the plugin did what it must not.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

_FORBIDDEN = {
    "socket.connect": "opens a connection",
    "socket.bind": "listens",
    "socket.getaddrinfo": "looks up a name",
    "socket.sendto": "sends",
    "subprocess.Popen": "starts a process",
    "os.system": "starts a process",
    "os.posix_spawn": "starts a process",
    "os.remove": "removes a file",
    "os.rename": "renames a file",
    "os.mkdir": "makes a folder",
}


class _Watch:
    """An audit hook; it cannot be taken away, but it can be told to look."""

    def __init__(self) -> None:
        self.looking = False
        self.seen: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.looking:
            return
        if event in _FORBIDDEN:
            self.seen.append(_FORBIDDEN[event])
        elif event == "open" and _writes(arguments) and not _is_cache(str(arguments[0])):
            self.seen.append(f"writes the file {arguments[0]}")


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode = arguments[1]
    return isinstance(mode, str) and any(letter in mode for letter in "wax+")


def _is_cache(name: str) -> bool:
    return "__pycache__" in name


def _act(told: Mapping[str, Any], watch: _Watch) -> None:
    module, _, name = told["target"].partition(":")
    if told["how"] == "import":
        watch.looking = True
        import_module(module)
        return
    plugin: Any = import_module(module)
    for part in name.split("."):
        plugin = getattr(plugin, part)
    from proctor_hub.vendors.account import AccountHost
    from proctor_hub.vendors.http import BoundedHttpClient

    settings = plugin.Settings.model_validate(told["table"])
    host = AccountHost(
        slug="quiet",
        public_url="https://hub.example",
        http=BoundedHttpClient(),
        keys=[b"k" * 32],
        clock=lambda: datetime.now(UTC),
    )
    threads = threading.active_count()
    watch.looking = True
    built = plugin(settings, host)
    for hook in ("describe_vendor", "callback_routes", "heartbeat_plan"):
        method = getattr(built, hook, None)
        if method is not None:
            method()
    if threading.active_count() > threads:
        watch.seen.append("starts a thread")


def main() -> int:
    """Do as told; the exit status."""
    told = json.loads(sys.stdin.read())
    sys.path[:] = told["path"]
    sys.dont_write_bytecode = True
    watch = _Watch()
    sys.addaudithook(watch)
    try:
        _act(told, watch)
    finally:
        watch.looking = False
    if watch.seen:
        print(f"the {told['how']} of {told['target']} {watch.seen[0]}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
