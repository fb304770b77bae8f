"""Where the hub's keys come from: the configuration, or a file beside the embedded database."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from proctor_hub.errors import ConfigurationError
from proctor_hub.services.keyring import Key, Keyring
from proctor_hub.settings import HubSettings, config_file

VARIABLE = "PROCTOR_HUB_ENCRYPTION_KEYS"
_BYTES = 32


def new_key(key_id: str) -> str:
    """A fresh key as the configuration writes it: ``id:base64``."""
    return f"{key_id}:{base64.b64encode(secrets.token_bytes(_BYTES)).decode('ascii')}"


def keyring_of(settings: HubSettings) -> Keyring:
    """The keys to use; on first start of the embedded default a key is made (mode 0600).

    :raises ConfigurationError: there is none and none may be made, or one cannot be read.
    """
    if settings.encryption_keys:
        source = VARIABLE if VARIABLE in os.environ else f"{config_file()}: encryption_keys"
        return _parsed([key.get_secret_value() for key in settings.encryption_keys], source)
    if not settings.embedded:
        raise ConfigurationError(
            f"{VARIABLE} is not set: on PostgreSQL the keys must be given; "
            "`proctor-hub keys new` makes one."
        )
    database = Path(sa.engine.make_url(settings.url).database or "")
    path = database.with_name(database.name + ".keys")
    if not path.exists():
        _make(path, database)
    return _parsed(path.read_text(encoding="ascii").split(), str(path))


def _make(path: Path, database: Path) -> None:
    if database.exists() and database.stat().st_size:
        raise ConfigurationError(
            f"{path} is missing, and {database} was encrypted with it: put it back, or set "
            f"{VARIABLE} to the key it held."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(new_key("first") + "\n")


def _parsed(texts: Iterable[str], source: str) -> Keyring:
    keys = []
    for number, text in enumerate(texts, start=1):
        key_id, _, encoded = text.partition(":")
        try:
            secret = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            secret = b""
        if not 1 <= len(key_id) <= 32 or not key_id.isascii() or len(secret) != _BYTES:
            raise ConfigurationError(
                f"{source}: entry {number} is not id:base64 with an id of 1 to 32 ASCII characters "
                "and a key of 32 bytes; `proctor-hub keys new` makes one."
            )
        keys.append(Key(key_id, secret))
    return Keyring(keys)
