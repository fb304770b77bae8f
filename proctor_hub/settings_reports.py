"""``[reports]``: where reports are kept, and for how long (domain §8)."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Secret, SecretStr


def _from_json(value: Any) -> Any:
    """A table is written as JSON in the environment."""
    return json.loads(value) if isinstance(value, str) else value


class ReportSettings(BaseModel):
    """``[reports]``: where reports are kept, and for how long (domain §8).

    :param url: a folder, or any fsspec URL of one; empty: ``reports/`` beside the embedded
        database, and nowhere on PostgreSQL, where all processes must reach it.
    :param storage_options: what the kind of storage needs, such as keys.
    :param days: after so many days a report is removed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr = SecretStr("")
    storage_options: Annotated[Secret[dict[str, Any]], BeforeValidator(_from_json)] = Secret({})
    days: Annotated[int, Field(ge=1, le=3650)] = 30
