"""Pages of support: second reviews across all courses."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.support import escalated, queue

ROUTERS: tuple[APIRouter, ...] = (queue.router, escalated.router)
