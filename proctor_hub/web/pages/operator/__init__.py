"""Pages of operators: vendors, what came in and went out, people, settings."""

from __future__ import annotations

from fastapi import APIRouter

from proctor_hub.web.pages.operator import (
    audit,
    callbacks,
    clients,
    courses,
    deliveries,
    jobs,
    migration,
    overview,
    people,
    retirements,
    settings,
    vendors,
)

ROUTERS: tuple[APIRouter, ...] = (
    overview.router,
    courses.router,
    migration.router,
    vendors.router,
    callbacks.router,
    deliveries.router,
    jobs.router,
    people.router,
    clients.router,
    audit.router,
    retirements.router,
    settings.router,
)
