"""Events as lines of a file, for whatever reads along."""

import os
import threading
from pathlib import Path

from proctor_hub import DeliveryError, LmsEvent, TransportHost, TransportSettings, hookimpl


class JournalSettings(TransportSettings):
    """``[lms.endpoints.<name>]``, besides ``transport`` and ``courses``."""

    path: Path


class Journal:
    """Appends each event; it has it for good once the line is on disk."""

    Settings = JournalSettings

    def __init__(self, settings: JournalSettings, host: TransportHost) -> None:
        self._path = settings.path
        self._one_at_a_time = threading.Lock()

    @hookimpl
    def deliver_event(self, event: LmsEvent) -> None:
        """Append one event."""
        try:
            with self._one_at_a_time, self._path.open("ab") as file:
                file.write(event.body + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            reason = f"the journal cannot be written: {error.strerror}"
            raise DeliveryError(reason, unavailable=True) from error
