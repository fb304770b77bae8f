"""Pages of learners: their exams, from the first look to the result."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.learner import acting, exam, exams, running

ROUTERS: tuple[APIRouter, ...] = (exams.router, running.router, acting.router, exam.router)
