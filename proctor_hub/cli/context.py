"""What commands work with: the configured hub, and the person at the keyboard as an operator."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from proctor_hub.app import build_hub, prepare_database
from proctor_hub.domain.words import Role
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.settings import HubSettings


@contextmanager
def open_hub() -> Iterator[Hub]:
    """The hub of the configuration, closed afterwards; an embedded database is made at need.

    :raises ConfigurationError: the configuration or the database's schema cannot be used.
    """
    settings = HubSettings.load()
    prepare_database(settings)
    hub = build_hub(settings)
    try:
        yield hub
    finally:
        hub.database.close()


def operator() -> Actor:
    """Who has a shell on this machine and its keys is an operator (domain §2)."""
    return Actor(role=Role.OPERATOR, id=f"cli:{_user()}"[:255])


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        return "unknown"
