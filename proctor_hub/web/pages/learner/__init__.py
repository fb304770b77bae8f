"""Pages of learners: their exams, from the first look to the result."""

from __future__ import annotations

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
