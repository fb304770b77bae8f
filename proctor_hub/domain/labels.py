"""What people read for a word of the field: the labels, one per word.

A sentence with such a word in it takes :func:`label`: machines get the word itself, as the API has
it, and a page says its label in the reader's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from proctor_hub.domain.told import Told, noted, worded
from proctor_hub.domain.words import (
    AttemptStatus,
    DecisionKind,
    ExamType,
    ReviewOwner,
    Role,
    Track,
)

S = AttemptStatus

STATUSES: Mapping[AttemptStatus, str] = MappingProxyType(
    {
        S.CREATED: noted("Created"),
        S.DOWNLOAD_SOFTWARE_CLICKED: noted("Setting up"),
        S.READY_TO_START: noted("Ready to start"),
        S.STARTED: noted("Started"),
        S.READY_TO_SUBMIT: noted("Ready to submit"),
        S.COMPLETED: noted("Completed"),
        S.TIMED_OUT: noted("Timed out"),
        S.SUBMITTED: noted("Submitted"),
        S.SECOND_REVIEW_REQUIRED: noted("Second review required"),
        S.VERIFIED: noted("Verified"),
        S.REJECTED: noted("Rejected"),
        S.DECLINED: noted("Declined"),
        S.EXPIRED: noted("Expired"),
        S.ERROR: noted("Error"),
        S.ONBOARDING_MISSING: noted("Onboarding missing"),
        S.ONBOARDING_PENDING: noted("Onboarding pending"),
        S.ONBOARDING_FAILED: noted("Onboarding failed"),
        S.ONBOARDING_EXPIRED: noted("Onboarding expired"),
    }
)

EXAM_TYPES: Mapping[ExamType, str] = MappingProxyType(
    {
        ExamType.TIMED: noted("timed exam"),
        ExamType.PROCTORED: noted("proctored exam"),
        ExamType.PRACTICE: noted("practice exam"),
        ExamType.ONBOARDING: noted("onboarding exam"),
    }
)

ROLES: Mapping[Role, str] = MappingProxyType(
    {
        Role.LEARNER: noted("learner"),
        Role.COURSE_TEAM: noted("course team"),
        Role.SUPPORT: noted("support"),
        Role.OPERATOR: noted("operator"),
        Role.LMS: noted("learning platform"),
        Role.VENDOR: noted("vendor"),
        Role.CLOCK: noted("clock"),
    }
)

_DECISIONS: Mapping[DecisionKind, str] = MappingProxyType(
    {
        DecisionKind.PASS: noted("pass"),
        DecisionKind.FAIL: noted("fail"),
        DecisionKind.ESCALATE: noted("escalate"),
    }
)

_TRACKS: Mapping[Track, str] = MappingProxyType(
    {Track.VERIFIED: noted("verified track"), Track.AUDIT: noted("audit track")}
)

# By the kind of word first: a status and a profile may be spelt alike.
_LABELS: Mapping[type[StrEnum], Mapping[Any, str]] = MappingProxyType(
    {
        AttemptStatus: STATUSES,
        ExamType: EXAM_TYPES,
        Role: ROLES,
        ReviewOwner: ROLES,
        DecisionKind: _DECISIONS,
        Track: _TRACKS,
    }
)


def label(word: StrEnum) -> Told:
    """The word for a sentence: itself for machines, on a page its label.

    :raises KeyError: it is of a kind that has no labels.
    """
    return worded(word.value, _LABELS[type(word)][word])


def listed(words: Iterable[StrEnum]) -> Told:
    """Several words with commas between them."""
    named = {f"word{number}": label(word) for number, word in enumerate(words)}
    return Told(", ".join(f"%({name})s" for name in named), named)
