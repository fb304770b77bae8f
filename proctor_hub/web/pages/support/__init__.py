"""Pages of support: second reviews across all courses."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.support import queue

ROUTERS: tuple[APIRouter, ...] = (queue.router,)
