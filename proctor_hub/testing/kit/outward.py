"""Subjects of the calls to the vendor: registered there, or made up."""

from __future__ import annotations

from dataclasses import replace

from proctor_hub.domain.words import ExamType
from proctor_hub.testing.calls import Subject
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken
from proctor_hub.testing.kit.subjects import a_subject
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.launching import Registered
from proctor_hub.vendors.subjects import Capability


def opened(bench: Bench, vendor: Vendor, exam_type: ExamType | None = None) -> Subject:
    """A subject whose exam is synced and whose attempt is registered at the vendor.

    The learner is admitted first, as far as the author says how (:meth:`VendorConformance.admit`).

    :raises Broken: the vendor refuses the learner all the same.
    """
    bench.start_vendor()
    subject = a_subject(exam_type or bench.case.usual_exam_type)
    bench.case.given.admit(bench, subject.learner.pseudonym, subject.exam.course_id)
    if bench.case.can(Capability.EXAM_SYNC):
        known = vendor.sync_exam(exam=subject.exam).external_id
        subject = replace(subject, exam=replace(subject.exam, external_id=known))
    answer = vendor.register_attempt(
        exam=subject.exam, learner=subject.learner, attempt=subject.attempt
    )
    if not isinstance(answer, Registered):
        raise Broken(
            f"register_attempt answers {answer.status} for a learner whom `admit` of the test "
            "class let the vendor know: give the sandbox a command `onboard`, or write `admit`"
        )
    return with_id(subject, answer.external_id)


def with_id(subject: Subject, external_id: str) -> Subject:
    """The subject as registered under this id."""
    return replace(subject, attempt=replace(subject.attempt, external_id=external_id))


def made_up(bench: Bench) -> Subject:
    """A subject with ids no vendor gave, for calls that never reach one."""
    subject = a_subject(bench.case.usual_exam_type)
    exam = replace(subject.exam, external_id="exam-of-nobody")
    return with_id(replace(subject, exam=exam), "session-of-nobody")
