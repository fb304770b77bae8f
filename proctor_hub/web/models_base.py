"""What all models of the API share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from proctor_hub.services.paging import Page
from proctor_hub.services.partial import UNSET

T = TypeVar("T")
_YEARS = range(1970, 3000)


class In(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid")

    def given(self) -> dict[str, object]:
        """The fields that were sent, null included."""
        return {name: getattr(self, name) for name in self.model_fields_set}


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, from_attributes=True)


def _sensible(value: datetime) -> datetime:
    if value.year not in _YEARS:
        raise ValueError(f"must be in the years {_YEARS.start} to {_YEARS.stop - 1}")
    return value.astimezone(UTC)


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_sensible),
    Field(description="ISO 8601 with a time zone", examples=["2026-11-22T09:30:00Z"]),
]
"""A point in time as the API takes it; years in which arithmetic cannot overflow."""

Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""An integer id as callers send it; a larger one names nothing and is no database's integer."""

Cursor = Annotated[
    str | None, Query(description="`next_cursor` of the page before; omit for the first page")
]
Limit = Annotated[int | None, Query(description="Items per page; the default is 50, at most 200")]


class PageOf(Out, Generic[T]):
    """One page of a list."""

    items: list[T] = Field(description="The items, in the list's order")
    next_cursor: str | None = Field(description="Send it to get the next page; null on the last")


M = TypeVar("M", bound=BaseModel)


def page_of(found: Page[T], make: Callable[[T], M]) -> PageOf[M]:
    """A page of a service's items as models."""
    return PageOf(items=[make(item) for item in found.items], next_cursor=found.next_cursor)


__all__ = ["UNSET", "Cursor", "In", "Key", "Limit", "Moment", "Out", "PageOf", "page_of"]
