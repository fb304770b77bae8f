"""Pages of operators: vendors, what came in and went out, people, settings."""

from __future__ import annotations

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
