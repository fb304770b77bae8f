"""What services know of the floors above them: who waits for the outbox, who runs long work."""

from __future__ import annotations

from typing import Protocol

import sqlalchemy as sa


class Wake(Protocol):
    """Tells the relays that the outbox may hold something new. Never blocks, never raises."""

    def __call__(self, *destinations: str) -> None:
        """Wake those of these destinations; without any, all of them."""


def nobody_waits(*destinations: str) -> None:
    """No relay runs in this process: another one's poll will find the rows."""


class Jobs(Protocol):
    """Durable jobs: long or stepped work that survives the process which began it."""

    def enqueue(
        self, conn: sa.Connection, job: str, *args: str | int, key: str, delay: float = 0.0
    ) -> None:
        """Have ``job`` run with ``args``, if and only if this transaction commits.

        :param job: its name in ``proctor_hub.jobs.catalogue``. :param args: ids only, never
            personal data: they are stored in clear.
        :param key: the job's own id, derived from what it is about; one that was used before is
            not run again. :param delay: seconds to wait first.
        """


class NoJobs:
    """The port of a hub that was built without a job engine."""

    def enqueue(
        self, conn: sa.Connection, job: str, *args: str | int, key: str, delay: float = 0.0
    ) -> None:
        """Refuse.

        :raises RuntimeError: always: a job that nobody keeps must not look accepted.
        """
        raise RuntimeError(f"no job engine takes {job}: build the hub with one")


class LmsEndpoints(Protocol):
    """Which destinations hear of a course's events."""

    def __call__(self, course_id: str) -> tuple[str, ...]:
        """Outbox destinations, each of which gets every event of the course."""


def one_lms(course_id: str) -> tuple[str, ...]:
    """A single LMS hears of everything."""
    return ("lms",)
