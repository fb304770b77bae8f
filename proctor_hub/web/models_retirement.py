"""Retirements: learners erased, and how far their vendors are."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from proctor_hub.services.retirement import Retirement
from proctor_hub.web.models_base import Out


class ReceiptOut(Out):
    """Whether a vendor holds nothing of the learner any more."""

    vendor: str
    confirmed: bool
    detail: str
    updated_at: datetime


class RetirementOut(Out):
    """A learner's erasure, and how far the vendors are with theirs."""

    retired_id: str = Field(description="Stands for their user id everywhere now")
    requested_at: datetime
    requested_by: str
    complete: bool = Field(description="Every vendor that knew the learner has confirmed")
    receipts: list[ReceiptOut]


def retirement_out(one: Retirement) -> RetirementOut:
    """A retirement as JSON."""
    return RetirementOut(
        retired_id=one.retired_id,
        requested_at=one.requested_at,
        requested_by=one.requested_by,
        complete=one.complete,
        receipts=[ReceiptOut.model_validate(receipt) for receipt in one.receipts],
    )
