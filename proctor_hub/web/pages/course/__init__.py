"""Pages of a course's team: its attempts, reviews, onboarding, allowances, reports."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.course import (
    allowances,
    attempt,
    attempts,
    courses,
    home,
    onboarding,
    reports,
)

ROUTERS: tuple[APIRouter, ...] = (
    courses.router,
    attempt.router,
    attempts.router,
    allowances.router,
    reports.router,
    onboarding.router,
    # Last: its path has no ending of its own, so it would answer for all others.
    home.router,
)
