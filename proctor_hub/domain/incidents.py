"""Incidents of a review: normal form of the status, counts, joined comments (domain §4, §8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proctor_hub.domain.words import ReviewStatus

SUSPICIOUS = ReviewStatus.SUSPICIOUS.label
RULES_VIOLATION = ReviewStatus.VIOLATION.label

_KNOWN = {
    label.casefold(): label for label in (ReviewStatus.PASSED.label, SUSPICIOUS, RULES_VIOLATION)
}

COMMENT_SEPARATOR = ";"
"""Joins the comments of one kind in the report (domain §8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One comment in a review.

    ``start``, ``stop`` and ``duration``: seconds of the recording, None where the vendor gave
    none. ``status``: normal form of :func:`normalise_incident_status`; ``original_status``: the
    vendor's own word.
    """

    start: float | None = None
    stop: float | None = None
    duration: float | None = None
    text: str = ""
    status: str = ""
    original_status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSummary:
    """What the report says about the incidents of the latest revision (domain §8)."""

    suspicious_count: int = 0
    suspicious_comments: str = ""
    violation_count: int = 0
    violation_comments: str = ""
    total: int = 0
    """All incidents, those of other kinds too."""


def normalise_incident_status(word: str) -> str:
    """``Clean``, ``Rules Violation`` or ``Suspicious``, matched in any case and with ``_``.

    An unknown word is returned as it is.
    """
    return _KNOWN.get(" ".join(word.replace("_", " ").split()).casefold(), word)


def count_incidents(incidents: Iterable[Incident]) -> IncidentSummary:
    """Counts and joined comments per kind, in the incidents' order; empty comments add nothing."""
    found = tuple(incidents)
    suspicious = _texts(found, SUSPICIOUS)
    violations = _texts(found, RULES_VIOLATION)
    return IncidentSummary(
        suspicious_count=len(suspicious),
        suspicious_comments=COMMENT_SEPARATOR.join(filter(None, suspicious)),
        violation_count=len(violations),
        violation_comments=COMMENT_SEPARATOR.join(filter(None, violations)),
        total=len(found),
    )


def _texts(incidents: tuple[Incident, ...], kind: str) -> list[str]:
    return [i.text for i in incidents if normalise_incident_status(i.status) == kind]
