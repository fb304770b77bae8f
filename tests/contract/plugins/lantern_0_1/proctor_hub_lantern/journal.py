"""A transport that keeps events in a file, one a line."""

from __future__ import annotations

from pathlib import Path

from proctor_hub import DeliveryError, LmsEvent, TransportHost, TransportSettings, hookimpl


class JournalSettings(TransportSettings):
    """``file``: where the lines go."""

    file: str


class JournalTransport:
    """One object per endpoint."""

    Settings = JournalSettings

    def __init__(self, settings: JournalSettings, host: TransportHost) -> None:
        self.settings = settings
        self.host = host

    @hookimpl
    def deliver_event(self, event: LmsEvent) -> None:
        line = f"{self.host.name} {event.sequence} {event.type} {event.payload['attempt_code']}\n"
        try:
            with Path(self.settings.file).open("a", encoding="utf-8") as file:
                file.write(line)
        except OSError as error:
            raise DeliveryError("the journal cannot be written", retry_after=5) from error
