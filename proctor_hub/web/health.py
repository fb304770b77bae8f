"""``/healthz``: whether this process can serve; for load balancers, without authentication."""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from fastapi import APIRouter
from pydantic import Field

from proctor_hub.web.context import TheHub
from proctor_hub.web.models_base import Out

router = APIRouter(tags=["health"])


class Health(Out):
    """This process and its database answer."""

    status: Literal["ok"]
    vendors: int = Field(description="Usable vendor accounts")
    broken_vendors: int = Field(description="Configured accounts that cannot be used")


@router.get("/healthz", summary="Whether the hub can serve")
def healthz(hub: TheHub) -> Health:
    """503 while the database does not answer."""
    with hub.database.read() as conn:
        conn.execute(sa.text("SELECT 1"))
    return Health(
        status="ok", vendors=len(hub.vendors.vendors), broken_vendors=len(hub.vendors.broken)
    )
