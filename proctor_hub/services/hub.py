"""What every service is given: the database, the vendors, the clock, the keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from proctor_hub.domain.words import Role
from proctor_hub.services.breakers import Breakers
from proctor_hub.services.keyring import Keyring
from proctor_hub.services.ports import Jobs, LmsEndpoints, NoJobs, Wake, nobody_waits, one_lms
from proctor_hub.services.recent import Recent
from proctor_hub.storage.engine import Database
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.vendors.observers import Observers
from proctor_hub.vendors.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what the hub keeps of calls it cannot trust, and on what it hands out."""

    quarantine_items_per_source: int = 100
    quarantine_bytes_per_source: int = 16 * 1024 * 1024
    callback_bytes: int = 16 * 1024 * 1024
    body_bytes: int = 1024 * 1024
    page_size: int = 50
    page_size_max: int = 200
    proof_seconds: int = 12 * 3600
    vendor_seconds: float = 8.0
    report_link_seconds: int = 300
    report_days: int = 30
    delivery_days: int = 30
    job_days: int = 30
    lease_seconds: float = 30.0
    launch_link_seconds: int = 120
    sign_in_seconds: int = 12 * 3600
    sign_in_idle_seconds: int = 2 * 3600
    claim_minutes: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """The parts a service works with. Built once, in ``proctor_hub.app``.

    :param public_url: where vendors and browsers reach the hub, without a slash at the end.
    :param exam_url: where the LMS shows an exam; ``{course_id}``, ``{content_id}``,
        ``{attempt_code}`` are filled in. Empty: a page that sends the learner back to the course.
    :param breakers: which destinations do not answer now.
    :param recent: stored rows read a moment ago, for those that every call reads again.
    :param wake: tells the relay that the outbox has work for a destination.
    :param jobs: takes long work. :param endpoints: which LMS hears of a course.
    :param mails: whether learners are written to; without a mail server nothing is put aside.
    :param report_files: where reports are kept; None: nowhere, so there are none.
    """

    database: Database
    breakers: Breakers
    vendors: Registry
    observers: Observers
    keyring: Keyring
    now: Callable[[], datetime]
    public_url: str
    exam_url: str = ""
    wake: Wake = nobody_waits
    jobs: Jobs = field(default_factory=NoJobs)
    endpoints: LmsEndpoints = one_lms
    mails: bool = False
    report_files: ReportFiles | None = None
    limits: Limits = field(default_factory=Limits)
    recent: Recent = field(default_factory=Recent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, as established by the caller's credentials and stored membership.

    :param id: for the history: LMS user id, client id, or vendor slug.
    :param person_pk: the stored person, where it is one.
    :param roles: roles that hold everywhere (support, operator); course-team membership is
        looked up for the course at hand.
    :param only: a sign-in's narrowing: of the person's roles none but these; None: all of them.
    :param course_pk: a sign-in's narrowing: nothing of other courses; None: of all.
    """

    role: Role
    id: str
    person_pk: int | None = None
    roles: frozenset[Role] = frozenset()
    only: frozenset[Role] | None = None
    course_pk: int | None = None


CLOCK = Actor(role=Role.CLOCK, id="clock")
"""The server's own clock: time-outs and expiry."""


def vendor_actor(slug: str) -> Actor:
    """The vendor account ``slug`` as an actor."""
    return Actor(role=Role.VENDOR, id=slug)
