"""Putting jobs into the queue: the ``Jobs`` port, for processes that run them and others alike."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import sqlalchemy as sa

from proctor_hub.jobs.catalogue import JOBS, Job
from proctor_hub.services import trace
from proctor_hub.storage.engine import Database
from proctor_hub.storage.job_schema import SCHEMA

if TYPE_CHECKING:
    from dbos import DBOSClient

APPLICATION = "proctor-hub"
"""Whose jobs these are, in the engine's tables."""

VERSION = "1"
"""Written beside every job. Never changed: jobs of another version would be run by nobody."""

_MAX_KEY = 200


class JobQueue:
    """Stores jobs in the transaction that makes them necessary; thread-safe."""

    def __init__(self, database: Database, jobs: Mapping[str, Job] = JOBS) -> None:
        """``jobs``: all there are; any other is refused."""
        self._database = database
        self._jobs = jobs
        self._client: DBOSClient | None = None
        self._lock = threading.Lock()

    def enqueue(
        self, conn: sa.Connection, job: str, *args: str | int, key: str, delay: float = 0.0
    ) -> None:
        """Have ``job`` run with ``args``, if and only if this transaction commits.

        One with a ``key`` that was used before for the same job is left as it is: it has run, or
        will.

        :param conn: of the hub's own database, within a unit.
        :raises LookupError: there is no such job. :raises ValueError: the key or an argument cannot
            be stored, or the key is another job's.
        """
        if job not in self._jobs:
            raise LookupError(f"there is no job {job!r}: add it to proctor_hub/jobs/catalogue.py")
        if not key.strip() or len(key) > _MAX_KEY or not key.isprintable():
            raise ValueError(f"job {job}: {key!r} cannot be a key")
        for arg in args:
            # What JSON would give back as something else, a job must not be given.
            if type(arg) not in (str, int):
                raise ValueError(f"job {job}: an argument is a text or an integer, not {arg!r}")
        from dbos import EnqueueOptions
        from dbos._error import DBOSConflictingWorkflowError

        options = EnqueueOptions(
            workflow_name=job, queue_name=job, workflow_id=key, app_version=VERSION
        )
        if delay > 0:
            options["delay_seconds"] = delay
        try:
            self._the_client().enqueue_in_transaction(conn, options, trace.current(), *args)
        except DBOSConflictingWorkflowError:
            raise ValueError(f"job {job}: the key {key!r} is another job's") from None

    def _the_client(self) -> DBOSClient:
        with self._lock:
            if self._client is None:
                # Late: DBOS takes more than a second to import, and most commands queue nothing.
                from dbos import DBOSClient
                from dbos._serialization import DBOSPortableJSON

                self._client = DBOSClient(
                    # For its dialect; lazy, so it opens no connection of its own.
                    system_database_engine=self._database.engine,
                    dbos_system_schema=SCHEMA,
                    serializer=DBOSPortableJSON,
                    application_name=APPLICATION,
                    lazy=True,
                )
            return self._client
