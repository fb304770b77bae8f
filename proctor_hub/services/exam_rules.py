"""What must hold of an exam: its fields, its vendor, and the rules that vendor can express."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from proctor_hub.domain.exams import ensure_creatable, ensure_type_change
from proctor_hub.domain.told import noted, told
from proctor_hub.domain.words import ExamType
from proctor_hub.services.checks import ensure_fields, refuse, text_problem
from proctor_hub.services.errors import Invalid
from proctor_hub.services.hub import Hub
from proctor_hub.services.vendors import known_rules, rules_catalogue, usable_vendor
from proctor_hub.storage import exams as store
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.vendors.subjects import RulesKind

MINUTES_MAX = 366 * 24 * 60
RULES_MAX = 200

__all__ = [
    "after_type_change",
    "ensure_rules",
    "ensure_values",
    "text_problem",
    "vendor_for",
    "warm",
]


def ensure_values(values: Mapping[str, Any]) -> None:
    """Every given field makes sense by itself.

    :raises Invalid: with the paths of those that do not.
    """
    ensure_fields(values, required=["content_id", "name"], long=["custom_rules"])
    problems: dict[str, str] = {}
    minutes = values.get("time_limit_minutes", 1)
    if not 0 < minutes <= MINUTES_MAX:
        problems["time_limit_minutes"] = told(
            "must be from 1 to %(minutes_max)s minutes", minutes_max=MINUTES_MAX
        )
    rules = values.get("rules", {})
    if len(rules) > RULES_MAX:
        problems["rules"] = told("at most %(most)s", most=RULES_MAX)
    for key in rules:
        if text_problem(key, empty=False, longest=100):
            problems["rules"] = noted("each key must be text of 1 to 100 characters")
    refuse(problems)


def vendor_for(hub: Hub, course: Course, exam_type: ExamType) -> str | None:
    """The vendor a new exam of this type is pinned to; None for timed ones.

    :raises ProctoringOff: :raises ExamTypeNotSupported: domain §7.
    :raises NotFound: :raises Conflict: the course's vendor is gone or broken.
    """
    if not exam_type.needs_vendor:
        return None
    supported: frozenset[ExamType] = frozenset()
    if course.proctoring_enabled and course.vendor is not None:
        supported = usable_vendor(hub, course.vendor).description.exam_types
    ensure_creatable(
        exam_type,
        proctoring_on=course.proctoring_enabled,
        vendor=course.vendor,
        supported=supported,
    )
    return course.vendor


def after_type_change(
    hub: Hub, conn: sa.Connection, course: Course, before: Exam, changes: Mapping[str, Any]
) -> str | None:
    """The vendor of the exam after ``changes``: it is chosen anew only where the type changes.

    :raises ExamTypeFixed: an attempt exists.
    """
    wanted = changes.get("exam_type", before.exam_type)
    if wanted is before.exam_type:
        return before.vendor
    ensure_type_change(before.exam_type, wanted, has_attempts=store.has_attempts(conn, before.id))
    return vendor_for(hub, course, wanted)


def warm(hub: Hub, vendor: str) -> None:
    """Have the vendor's rules known, so that :func:`ensure_rules` needs no call to it."""
    if usable_vendor(hub, vendor).description.rules_kind is RulesKind.BINARY:
        rules_catalogue(hub, vendor)


def ensure_rules(
    hub: Hub, vendor: str | None, rules: Mapping[str, bool], custom_rules: str
) -> None:
    """The exam's rules are of the kind its vendor knows; unknown keys are refused.

    While the vendor's catalogue is not known (it does not answer and never did), keys are taken as
    given: an exam can be saved during an outage, and the vendor checks them when it is told.

    :raises Invalid: with the paths.
    """
    kind = RulesKind.NONE
    if vendor is not None and vendor in hub.vendors.vendors:
        kind = hub.vendors.get(vendor).description.rules_kind
    elif vendor is not None:
        return
    problems: dict[str, str] = {}
    if rules and kind is not RulesKind.BINARY:
        problems["rules"] = noted("this exam's vendor has no binary rules") if vendor else _TIMED
    if custom_rules and kind is not RulesKind.FREE_TEXT:
        problems["custom_rules"] = (
            noted("this exam's vendor has no free-text rules") if vendor else _TIMED
        )
    catalogue = known_rules(hub, vendor) if vendor and kind is RulesKind.BINARY else None
    if catalogue is not None:
        for key in rules.keys() - catalogue.keys():
            problems[f"rules.{key}"] = noted("the vendor has no such rule")
    if problems:
        raise Invalid(
            noted("The rules do not fit the exam's vendor; nothing was changed."), fields=problems
        )


_TIMED = noted("a timed exam has no proctoring rules")
