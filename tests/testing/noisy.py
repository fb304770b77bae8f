"""The sound vendor, whose import opens a port: it fails ``importing-quiet``."""

from __future__ import annotations

import socket

from tests.testing.flaws import fails
from tests.testing.sound import Sound

socket.create_server(("127.0.0.1", 0)).close()


@fails("importing-quiet", "the import of tests.testing.noisy:Noisy listens")
class Noisy(Sound):
    """Listens before anybody asked."""
