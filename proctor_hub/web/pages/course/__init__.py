"""Pages of a course's team: its attempts, reviews, onboarding, allowances, reports."""

from __future__ import annotations

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
