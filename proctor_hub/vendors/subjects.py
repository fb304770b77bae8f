"""What hooks are told about: vendor, exam, learner, attempt. Frozen values, no database behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from proctor_hub.domain.words import AttemptStatus, ExamType


class Capability(StrEnum):
    """What a vendor can do beyond the minimum; each demands its hooks (``CAPABILITY_HOOKS``)."""

    EXAM_SYNC = "exam_sync"
    RULES_CATALOG = "rules_catalog"
    SESSION_NOTICES = "session_notices"
    SESSION_REMOVAL = "session_removal"
    DECISION_NOTICES = "decision_notices"
    HEARTBEAT = "heartbeat"
    ONBOARDING = "onboarding"
    POLLING = "polling"
    DASHBOARD = "dashboard"
    LEARNER_RETIREMENT = "learner_retirement"
    HEALTH_CHECK = "health_check"


class RulesKind(StrEnum):
    """How exam rules are expressed for this vendor (domain §6)."""

    NONE = "none"
    BINARY = "binary"
    FREE_TEXT = "free_text"


class PersonalData(StrEnum):
    """Personal data a vendor needs; what is not declared is not passed (domain §7)."""

    FULL_NAME = "full_name"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDescription:
    """What a vendor is and declares (domain §6).

    :param name: the vendor's name as people know it.
    :param exam_types: vendor-proctored types it supports (timed exams need no vendor).
    :param personal_data: which personal fields its registration needs.
    :param readiness_lifetime: how long "ready" holds before the start (domain §3).
    :param onboarding_validity: how long an approved profile holds, unless the vendor says.
    :param poll_every: with the capability ``polling``: the pause between two rounds in which the
        host asks for news of all open attempts.
    :param has_stop_call: False where the vendor has no call for the end of a session; then
        ``completed`` becomes ``submitted`` in the same transaction (domain §3).
    :param learner_needs_external_id: True where the exam page must know the external id.
    :param needs_exam_proof: True where the exam window is the vendor's own browser: content is
        shown only with the proof the host issues when the learner enters through it.
    :param launch_summary: how a learner gets into a session, and :param learner_tool: what they
        need for it (software, window, connection): a sentence each, for whoever compares vendors.
    """

    name: str
    capabilities: frozenset[Capability]
    exam_types: frozenset[ExamType]
    rules_kind: RulesKind = RulesKind.NONE
    personal_data: frozenset[PersonalData] = frozenset()
    readiness_lifetime: timedelta = timedelta(minutes=30)
    onboarding_validity: timedelta = timedelta(days=365)
    poll_every: timedelta = timedelta(minutes=5)
    has_stop_call: bool = False
    needs_escalation_email: bool = False
    learner_needs_external_id: bool = False
    needs_exam_proof: bool = False
    second_review: str = ""
    launch_summary: str = ""
    learner_tool: str = ""
    support_email: str = ""
    support_phone: str = ""
    support_url: str = ""
    notification_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exam:
    """An exam as a vendor may know it. ``external_id`` is the vendor's own id, once synced.

    :param rules: binary rules, key → allowed or demanded, in the vendor's own keys.
    :param custom_rules: free-text rules shown to learners and reviewers.
    """

    id: int
    course_id: str
    content_id: str
    name: str
    exam_type: ExamType
    time_limit_minutes: int
    external_id: str | None = None
    due_at: datetime | None = None
    hide_after_due: bool = False
    is_active: bool = True
    rules: Mapping[str, bool] = field(default_factory=dict)
    custom_rules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A learner as a vendor may know them: a pseudonym of this vendor account, never the LMS id.

    ``full_name`` and ``email`` are empty unless the vendor declared to need them.
    """

    pseudonym: str
    full_name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt as a vendor may know it.

    :param code: the attempt code, unguessable, one per attempt.
    :param allowed_minutes: limit plus allowance as known now.
    :param policy_exception: text for the vendor's reviewers, from an allowance.
    :param return_url: where the vendor sends the learner's browser when set-up is done.
    """

    code: str
    number: int
    status: AttemptStatus
    exam_type: ExamType
    allowed_minutes: int
    external_id: str | None = None
    policy_exception: str = ""
    return_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """The member of staff who looks at a dashboard; their identity goes into signed links."""

    id: str
    full_name: str
    email: str
    role: str
