"""What services know of the floors above them: that somebody waits for the outbox."""

from __future__ import annotations

from typing import Protocol


class Wake(Protocol):
    """Tells the relays that the outbox may hold something new. Never blocks, never raises."""

    def __call__(self, *destinations: str) -> None:
        """Wake those of these destinations; without any, all of them."""


def nobody_waits(*destinations: str) -> None:
    """No relay runs in this process: another one's poll will find the rows."""
