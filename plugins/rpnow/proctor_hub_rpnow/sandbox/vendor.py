"""The simulated vendor's memory: thread-safe, one lock, never held during a call outside."""

from __future__ import annotations

import threading
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

from .faults import FaultKind, FaultOrder, Faults, ordered
from .records import JournalEntry, Registration, SessionState
from .settings import Clock, SandboxSettings

MAX_RECORDS = 100_000
MAX_JOURNAL = 1_000


class Refused(Exception):
    """The vendor refuses a request: `status` is the HTTP status, `reason` a safe sentence."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class Vendor:
    """Registrations by attempt code (the newest record wins), faults and journal."""

    def __init__(self, settings: SandboxSettings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self._lock = threading.Lock()
        self._records: dict[str, Registration] = {}
        self._faults = Faults()
        self._journal: deque[JournalEntry] = deque(maxlen=MAX_JOURNAL)

    def add(self, body: Mapping[str, object]) -> tuple[Registration, bool]:
        """Keep a registration under a new locator; True if its code was registered before.

        Like the vendor, a duplicate code makes another record, which replaces the older one.
        """
        record = Registration(
            locator=str(uuid.uuid4()).upper(), body=body, registered_at=self.clock()
        )
        with self._lock:
            duplicate = self._records.pop(record.code, None) is not None
            self._records[record.code] = record
            if len(self._records) > MAX_RECORDS:
                del self._records[next(iter(self._records))]
        return record, duplicate

    def get(self, code: str) -> Registration:
        """The newest record of an attempt code; Refused 404 if there is none."""
        with self._lock:
            return self._find(code)

    def newest(self, limit: int) -> list[Registration]:
        """At most `limit` registrations, newest first."""
        with self._lock:
            return list(self._records.values())[: -limit - 1 : -1]

    def enterable(self, code: str) -> Registration:
        """The record whose code may enter the secure browser; Refused 404, or 409 if spent."""
        record = self.get(code)
        if record.session is SessionState.FINISHED:
            raise Refused(409, "this single-use exam code was already used")
        return record

    def entered(self, record: Registration) -> Registration:
        """Note that the secure browser reached the exam; a finished session stays finished."""
        with self._lock:
            now = self._find(record.code)
            spent = now.session is SessionState.FINISHED
            session = SessionState.FINISHED if spent else SessionState.OPEN
            return self._put(replace(now, session=session, openings=now.openings + 1))

    def close(self, code: str, *, finished: bool) -> Registration:
        """Close the secure browser, for good if `finished`; Refused 404, or 409 if not open."""
        with self._lock:
            record = self._find(code)
            if record.session is not SessionState.OPEN:
                raise Refused(409, f"the secure browser is not open (session {record.session})")
            session = SessionState.FINISHED if finished else SessionState.CLOSED
            return self._put(replace(record, session=session))

    def reviewed(self, code: str) -> None:
        """Count a review sent; a session that was entered is over once it was reviewed."""
        with self._lock:
            record = self._find(code)
            session = SessionState.FINISHED if record.openings else record.session
            self._put(replace(record, session=session, reviews_sent=record.reviews_sent + 1))

    def order_faults(self, order: FaultOrder | None) -> dict[str, object]:
        """Apply `order` (None: no faults any more) and return the faults in force."""
        now = self.clock()
        with self._lock:
            self._faults = ordered(self._faults, order, now) if order else Faults()
            return self._faults.public(now)

    def faults(self) -> Faults:
        """The faults in force."""
        with self._lock:
            return self._faults

    def take_fault(self) -> tuple[FaultKind | None, int]:
        """Use up the next counted fault: its kind (None: behave) and the status it names."""
        with self._lock:
            faults = self._faults
            kind = faults.due()
            if kind is not None:
                changes: dict[str, int] = {kind: getattr(faults, kind) - 1}
                self._faults = replace(faults, **changes)  # type: ignore[arg-type]
            return kind, faults.status_code

    def note(
        self,
        direction: Literal["received", "sent"],
        what: str,
        *,
        code: str = "",
        status: int | None = None,
        note: str = "",
    ) -> None:
        """Write one journal line; the caller gives no secret."""
        entry = JournalEntry(
            at=self.clock(),
            direction=direction,
            what=what,
            exam_code=code,
            status=status,
            note=note,
        )
        with self._lock:
            self._journal.append(entry)

    def journal(self) -> list[JournalEntry]:
        """The journal, oldest first, the last MAX_JOURNAL entries."""
        with self._lock:
            return list(self._journal)

    def _find(self, code: str) -> Registration:
        record = self._records.get(code)
        if record is None:
            raise Refused(404, "no exam is registered under this code")
        return record

    def _put(self, record: Registration) -> Registration:
        self._records[record.code] = record
        return record
