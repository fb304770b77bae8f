"""Pages of operators: vendors, what came in and went out, people, settings."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.operator import (
    audit,
    callbacks,
    deliveries,
    jobs,
    overview,
    vendors,
)

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    vendors.router,
    callbacks.router,
    deliveries.router,
    jobs.router,
    audit.router,
)
