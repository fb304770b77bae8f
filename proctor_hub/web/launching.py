"""Where a launch link can lead: every page that an LMS has a reason to open, by name."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from proctor_hub.services.errors import Invalid
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.navigation import course_path

T = TypeVar("T")


class LaunchPage(StrEnum):
    """A page by name; those from ``course`` to ``reports`` are about a course."""

    HOME = "home"
    LEARNER = "learner"
    EXAM = "exam"
    ATTEMPT = "attempt"
    COURSE = "course"
    ATTEMPTS = "attempts"
    SECOND_REVIEWS = "second_reviews"
    REVIEW_DASHBOARD = "review_dashboard"
    ONBOARDING = "onboarding"
    RULES = "rules"
    ALLOWANCES = "allowances"
    REPORTS = "reports"
    SUPPORT = "support"
    OPERATOR = "operator"


_ALONE = {
    LaunchPage.HOME: "/",
    LaunchPage.LEARNER: "/learn",
    LaunchPage.SUPPORT: "/support",
    LaunchPage.OPERATOR: "/operator",
}
_OF_COURSE = {
    LaunchPage.COURSE: "",
    LaunchPage.ATTEMPTS: "/attempts",
    LaunchPage.SECOND_REVIEWS: "/second-reviews",
    LaunchPage.REVIEW_DASHBOARD: "/review-dashboard",
    LaunchPage.ONBOARDING: "/onboarding",
    LaunchPage.RULES: "/rules",
    LaunchPage.ALLOWANCES: "/allowances",
    LaunchPage.REPORTS: "/reports",
}


def path_of(
    page: LaunchPage,
    *,
    course_id: str | None = None,
    exam_id: int | None = None,
    attempt_code: str | None = None,
) -> str:
    """The path of a page.

    :param course_id: also what the link is bound to; operators' pages are open to nobody then.
    :raises Invalid: what the page is about was not named, or a course where it may not be.
    """
    if page is LaunchPage.OPERATOR and course_id is not None:
        raise Invalid(
            f"page {page} is about all courses, and a link with a course does not lead there",
            fields={"course_id": "leave it out for this page"},
        )
    if page in _ALONE:
        return _ALONE[page]
    if page in _OF_COURSE:
        return course_path(_named(course_id, "course_id", page), _OF_COURSE[page])
    if page is LaunchPage.EXAM:
        return f"/learn/exams/{_named(exam_id, 'exam_id', page)}"
    return f"/attempts/{part(str(_named(attempt_code, 'attempt_code', page)))}"


def _named(value: T | None, field: str, page: LaunchPage) -> T:
    if value is None:
        raise Invalid(f"page {page} needs {field}", fields={field: "required for this page"})
    return value
