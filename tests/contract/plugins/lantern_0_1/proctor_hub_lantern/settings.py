"""The table ``[vendors.<slug>]``."""

from __future__ import annotations

from pydantic import SecretStr

from proctor_hub import VendorSettings


class LanternSettings(VendorSettings):
    """Where Lantern is, and our key there."""

    base_url: str
    api_key: SecretStr
