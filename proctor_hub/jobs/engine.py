"""The job engine of one process: takes jobs from the queue and runs them (design §4, DBOS).

What DBOS would lose in silence is kept from happening here:

- a queue nobody listens to: each job has a queue of its own name, and all are registered at start;
- a version nobody runs: it is a constant;
- a job nobody knows: only the queues of known jobs are listened to, so it waits for whoever does;
- a claimed job whose process died: :meth:`Engine.take_over`;
- a claimed job that this process never began (the database went away in between): the same;
- code in the database: what is stored is JSON, and pickles are refused.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from proctor_hub.errors import ProctorHubError
from proctor_hub.jobs.catalogue import JOBS, Job
from proctor_hub.jobs.queueing import APPLICATION, VERSION
from proctor_hub.services.hub import Hub
from proctor_hub.storage import jobs as store
from proctor_hub.storage.job_schema import SCHEMA, engine_of

if TYPE_CHECKING:
    from dbos import DBOS

POLL_SECONDS = 0.5
"""How long a job waits at most to be seen by a process that has room for it."""

MOST_STARTS = 100
"""A job that was begun so often and never ended takes its process with it: then it is failed."""

STRAY_SECONDS = 5.0
"""Between claiming a job and beginning it there are milliseconds; after this, something failed."""

_LONGEST_PAUSE = 3600.0
_POOL = 3
_SHOWN_FRAMES = 4

_log = structlog.get_logger("proctor_hub.jobs")


class JobFailed(Exception):
    """A job was tried as often as it may be; the text is for operators and holds no secrets."""


class Abandoned(BaseException):
    """This process must not go on with a job; it stays in the database for another one.

    No ``Exception``, so that DBOS does not take it for the job's own result.
    """


class Engine:
    """Runs the jobs of a hub in this process; at most one is started at a time.

    :param lives: whether the other processes take this one for alive; asked before each try.
    """

    def __init__(
        self,
        hub: Hub,
        jobs: Mapping[str, Job] = JOBS,
        *,
        lives: Callable[[], bool] = lambda: True,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._hub = hub
        self._jobs = jobs
        self._lives = lives
        self._poll_seconds = poll_seconds
        self._stopping = threading.Event()
        self._dbos: DBOS | None = None
        self._sql = engine_of(
            hub.database.url, pool_size=_POOL, idle_seconds=hub.database.idle_seconds
        )
        self._name = ""
        self._strays: dict[str, float] = {}
        self._hands = _Hands()

    def start(self, name: str) -> None:
        """Begin to take jobs, as the executor ``name``; those it left unfinished come first.

        :raises RuntimeError: an engine runs in this process already.
        """
        from dbos import DBOS, DBOSConfig
        from dbos._dbos import _dbos_global_instance
        from dbos._serialization import DBOSPortableJSON

        if _dbos_global_instance is not None:
            raise RuntimeError("a job engine runs in this process already")
        _quieten()
        _refuse_pickles()
        self._name = name
        config = DBOSConfig(
            name=APPLICATION,
            application_version=VERSION,
            executor_id=name,
            system_database_engine=self._sql,
            dbos_system_schema=SCHEMA,
            serializer=DBOSPortableJSON,
            run_migrations=False,
            use_listen_notify=False,
            enable_otlp=False,
            log_level="WARNING",
            # Nobody here waits for its notices or uses its schedules.
            notification_listener_polling_interval_sec=0.2,
            scheduler_polling_interval_sec=3600.0,
        )
        self._dbos = DBOS(config=config)
        for job in self._jobs.values():
            work = self._work_of(job)
            DBOS.workflow(name=job.name, max_recovery_attempts=MOST_STARTS)(work)
        DBOS.listen_queues(list(self._jobs))
        DBOS.launch()
        for job in self._jobs.values():
            DBOS.register_queue(
                job.name,
                worker_concurrency=job.at_once,
                polling_interval_sec=self._poll_seconds,
                on_conflict="always_update",
            )
        _log.info("jobs_started", worker=name, jobs=sorted(self._jobs))

    def take_over(self, lease_seconds: float) -> int:
        """Put back into the queue what dead processes had begun, and what this one lost sight of.

        Harmless where several processes do it at once. Returns how many jobs were put back.

        :param lease_seconds: after which a worker that fell silent counts as dead.
        """
        database = self._hub.database
        dead = database.write(lambda conn: store.put_back_of_dead(conn, lease_seconds))
        if dead:
            _log.warning("jobs_taken_over", jobs=dead)
        return len(dead) + self._begin_again()

    def _begin_again(self) -> int:
        """Jobs claimed by this process that it has not had in hand for a while."""
        if self._dbos is None:
            return 0
        with self._hub.database.read() as conn:
            claimed = store.begun_by(conn, self._name)
        now, in_hand = time.monotonic(), set(self._dbos._active_workflows_set.activeList())
        self._strays = {key: self._strays.get(key, now) for key in claimed - in_hand}
        lost = frozenset(k for k, since in self._strays.items() if now - since >= STRAY_SECONDS)
        if not lost:
            return 0
        back = self._hub.database.write(lambda conn: store.put_back(conn, lost, self._name))
        _log.warning("jobs_begun_again", jobs=back)
        return len(back)

    def halt(self) -> None:
        """Take no more jobs, and try none again."""
        self._stopping.set()
        if self._dbos is not None:
            for event in self._dbos.background_thread_stop_events:
                event.set()

    def stop(self, seconds: float) -> bool:
        """:meth:`halt`, and let what is in hand end; False where ``seconds`` did not suffice.

        What did not end, another process takes over, or this one when it starts again.
        """
        self.halt()
        ended = self._hands.wait_empty(seconds)
        if self._dbos is not None:
            from dbos import DBOS

            DBOS.destroy(destroy_registry=True)
            self._dbos = None
        self._sql.dispose()
        return ended

    def _work_of(self, job: Job) -> Callable[..., None]:
        def work(trace_id: str, *args: str | int) -> None:
            key = self._dbos_id()
            with (
                self._hands.holding(key),
                structlog.contextvars.bound_contextvars(
                    request_id=trace_id, job=job.name, job_key=key
                ),
            ):
                self._try(job, args)

        work.__qualname__ = job.name
        return work

    def _try(self, job: Job, args: tuple[str | int, ...]) -> None:
        for attempt in range(1, job.attempts + 1):
            if self._stopping.is_set() or not self._lives():
                raise Abandoned
            began = time.monotonic()
            try:
                job.run(self._hub, *args)
            except Exception as error:
                last = attempt == job.attempts
                _log.error(
                    "job_failed" if last else "job_try_failed", attempt=attempt, at=_places(error)
                )
                if last:
                    raise JobFailed(f"{_sentence(error)} (tried {attempt} times)") from None
                self._stopping.wait(min(job.pause_seconds * 2 ** (attempt - 1), _LONGEST_PAUSE))
            else:
                _log.info("job_done", attempt=attempt, seconds=round(time.monotonic() - began, 3))
                return

    @staticmethod
    def _dbos_id() -> str:
        from dbos import DBOS

        return str(DBOS.workflow_id)


class _Hands:
    """The jobs this process has in hand."""

    def __init__(self) -> None:
        self._keys: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def holding(self, key: str) -> Iterator[None]:
        with self._changed:
            self._keys.add(key)
        try:
            yield
        finally:
            with self._changed:
                self._keys.discard(key)
                self._changed.notify_all()

    def wait_empty(self, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: not self._keys, timeout=seconds)


def _sentence(error: Exception) -> str:
    """What may be kept of an error: the text of another kind may quote what was sent or stored."""
    return str(error) if isinstance(error, ProctorHubError) else type(error).__name__


def _places(error: Exception) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-_SHOWN_FRAMES:]
    names = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return [type(error).__name__, *names]


def _quieten() -> None:
    """Have DBOS log as all libraries do: through the root logger, and only what matters."""
    logger = logging.getLogger("dbos")
    if not logger.handlers:  # else it would write to the console by itself
        logger.addHandler(logging.NullHandler())
    logger.propagate = True
    logger.setLevel(logging.WARNING)


def _refuse_pickles() -> None:
    """Have DBOS read no pickle, whatever a row says: who can write to the database runs no code."""
    from dbos._serialization import DBOSPortableJSON, DefaultSerializer

    def refuse(_self: object, _data: object) -> Any:
        raise ValueError("a job's data must be JSON; a pickle is not read")

    def as_json(_self: object, value: object) -> str:
        # Such a row is failed, and why is written in the row's own format.
        return DBOSPortableJSON.serialize({"name": type(value).__name__, "message": str(value)})

    DefaultSerializer.deserialize = refuse  # type: ignore[assignment,method-assign]
    DefaultSerializer.serialize = as_json  # type: ignore[assignment,method-assign]
