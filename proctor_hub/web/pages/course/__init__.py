"""Pages of a course's team: its attempts, reviews, onboarding, allowances, reports."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.course import attempt, courses

ROUTERS: tuple[APIRouter, ...] = (
    courses.router,
    attempt.router,
)
