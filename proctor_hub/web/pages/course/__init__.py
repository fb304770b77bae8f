"""Pages of a course's team: its attempts, reviews, onboarding, allowances, reports."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages import deciding
from proctor_hub.web.pages.course import (
    again,
    allowances,
    attempt,
    attempts,
    courses,
    home,
    onboarding,
    reports,
    review_dashboard,
    rules,
    second_reviews,
    seen_as,
)

ROUTERS: tuple[APIRouter, ...] = (
    courses.router,
    # Before the attempt's own: those would answer for its path.
    deciding.router,
    again.router,
    attempt.router,
    attempts.router,
    second_reviews.router,
    review_dashboard.router,
    rules.router,
    seen_as.router,
    allowances.router,
    reports.router,
    onboarding.router,
    # Last: its path has no ending of its own, so it would answer for all others.
    home.router,
)
