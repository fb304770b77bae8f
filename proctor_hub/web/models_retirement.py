"""Retirements: learners erased, and how far their vendors are."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from proctor_hub.services.retirement_ledger import Retirement
from proctor_hub.web.models_base import In, Out


class ReceiptOut(Out):
    """Whether a vendor holds nothing of the learner any more."""

    vendor: str
    confirmed: bool
    confirmed_by: str = Field(description="The operator who confirmed it; empty: the vendor itself")
    detail: str = Field(description="What the vendor answered last, or the operator's note")
    updated_at: datetime
    tries: int = Field(description="How often the vendor was asked in vain")
    next_try_at: datetime | None = Field(description="When it is asked next; null: it is not")
    parked_at: datetime | None = Field(
        description="Since when it is asked no more, until an operator has it tried again"
    )
    last_error: str = Field(description="Why the last try failed")


class ConfirmIn(In):
    """An operator's word that a vendor holds nothing of the learner any more."""

    note: str = Field(description="How that is known; without personal data", max_length=500)


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
