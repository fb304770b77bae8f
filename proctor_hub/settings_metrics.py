"""``[metrics]``: who may see how the hub is."""

from __future__ import annotations

from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    IPvAnyNetwork,
    SecretStr,
)
from pydantic_settings import NoDecode

from proctor_hub.jobs.webhook import listed

_TOKEN_MIN = 16


def _long_enough(value: SecretStr | None) -> SecretStr | None:
    if value is not None and len(value.get_secret_value()) < _TOKEN_MIN:
        raise ValueError(f"must have {_TOKEN_MIN} characters or more")
    return value


class MetricsSettings(BaseModel):
    """Who may read ``/metrics`` and the details of ``/readyz``.

    :param token: sent as ``Authorization: Bearer``; then nobody gets in without it.
    :param networks: without a token, besides this machine itself.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: Annotated[SecretStr | None, AfterValidator(_long_enough)] = None
    networks: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(listed)] = ()
