"""The hub's keys: encryption at rest, and keys derived for each other purpose.

The configuration holds a list of keys with ids. The first one writes; all of them read, so a key
is rotated by putting a new one first and dropping the old one when nothing is encrypted by it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from proctor_hub.errors import ConfigurationError

_NONCE = 12
_KEY = 32


@dataclass(frozen=True, slots=True)
class Key:
    """One key: an id of 1 to 32 characters, and 32 secret bytes."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        """Only the id: secrets are never printed."""
        return f"Key({self.id!r})"


class Keyring:
    """Keys by id, the first one writes.

    :raises ConfigurationError: no key, a doubled id, or a secret that is not 32 bytes.
    """

    def __init__(self, keys: Sequence[Key]) -> None:
        ids = [key.id for key in keys]
        if not keys or len(set(ids)) != len(ids) or any(len(k.secret) != _KEY for k in keys):
            raise ConfigurationError(
                "PROCTOR_HUB_ENCRYPTION_KEYS: give at least one key of 32 bytes, each with an id "
                "of its own; `proctor-hub keys new` makes one"
            )
        self._keys = tuple(keys)
        self._ciphers = {k.id: AESGCM(_derive(k.secret, "encryption at rest")) for k in keys}
        self._derived: dict[str, list[bytes]] = {}

    def encrypt(self, data: bytes, *, context: str) -> bytes:
        """Encrypt with the first key; ``context`` (such as the column) must be given to read."""
        key = self._keys[0]
        nonce = os.urandom(_NONCE)
        name = key.id.encode()
        sealed = self._ciphers[key.id].encrypt(nonce, data, context.encode())
        return bytes([len(name)]) + name + nonce + sealed

    def decrypt(self, sealed: bytes, *, context: str) -> bytes:
        """The bytes given to :meth:`encrypt`.

        :raises ConfigurationError: the key is not held any more, or the data was tampered with.
        """
        size = sealed[0]
        name = sealed[1 : 1 + size].decode()
        nonce = sealed[1 + size : 1 + size + _NONCE]
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise ConfigurationError(f"encryption key {name!r} is missing from the keyring")
        try:
            return cipher.decrypt(nonce, sealed[1 + size + _NONCE :], context.encode())
        except InvalidTag:
            raise ConfigurationError(f"data encrypted by key {name!r} was changed") from None

    def derive(self, purpose: str) -> list[bytes]:
        """A key of 32 bytes for a purpose, from each key held; the first one writes."""
        found = self._derived.get(purpose)
        if found is None:
            found = self._derived[purpose] = [_derive(key.secret, purpose) for key in self._keys]
        return list(found)


def _derive(secret: bytes, purpose: str) -> bytes:
    return HKDF(hashes.SHA256(), _KEY, b"proctor_hub", purpose.encode()).derive(secret)
