"""Why a check does not apply to a plugin: the reasons that several checks share."""

from __future__ import annotations

from collections.abc import Callable

from proctor_hub.domain.words import ExamType
from proctor_hub.testing.kit.case import Case
from proctor_hub.vendors.subjects import Capability

Unless = Callable[[Case], str]


def loaded(case: Case) -> str:
    """Needs a plugin that loads."""
    return f"the plugin does not load: {case.problem}" if case.problem else ""


def wired(case: Case) -> str:
    """Needs a vendor to call."""
    return loaded(case) or ("" if case.wired else "no sandbox and no recordings: it calls nobody")


def recorded(case: Case) -> str:
    """Needs recordings."""
    given = case.given.recordings is not None
    return loaded(case) or ("" if given else "no recordings of the vendor are given")


def unwired(case: Case) -> str:
    """Needs a plugin that says it calls nobody."""
    return loaded(case) or ("it has a vendor to call" if case.wired else "")


def able(capability: Capability, also: Unless = loaded) -> Unless:
    """Needs a declared capability."""

    def unless(case: Case) -> str:
        return also(case) or (
            "" if case.can(capability) else f"the capability {capability} is not declared"
        )

    unless.__doc__ = f"Needs the capability `{capability}`."
    return unless


def proctors(exam_type: ExamType, also: Unless = loaded) -> Unless:
    """Needs an exam type that the vendor supports."""

    def unless(case: Case) -> str:
        if problem := also(case):
            return problem
        return "" if exam_type in case.exam_types else f"the vendor has no {exam_type} exams"

    unless.__doc__ = f"Needs a vendor of {exam_type} exams that is played."
    return unless


def lively(case: Case) -> str:
    """Needs a vendor whose answers are not always the same."""
    only_recorded = case.given.sandbox is None and case.given.recordings is not None
    return loaded(case) or (
        "recordings give the same ids each time: only a sandbox can show this"
        if only_recorded
        else ""
    )


def played(case: Case) -> str:
    """Needs a vendor that is played: by a sandbox, or by the author's methods."""
    from proctor_hub.testing.conformance import VendorConformance

    if problem := loaded(case):
        return problem
    if problem := lively(case):
        return problem
    own = type(case.given).make_ready is not VendorConformance.make_ready
    if case.given.sandbox is None and not own:
        return "no sandbox, and make_ready and send_review are not given: no vendor calls back"
    return ""


def talks(case: Case) -> str:
    """Needs a vendor that says ready and sends reviews: the sandbox's, or the author's methods."""
    if problem := played(case):
        return problem
    return "" if case.routes else "the plugin has no callback routes: nobody calls the hub"
