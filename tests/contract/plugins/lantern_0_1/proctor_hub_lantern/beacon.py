"""Beacon, a vendor of the same house that speaks the REST provider protocol."""

from __future__ import annotations

from proctor_hub import DecisionRequest, Permission, Role, hookimpl
from proctor_hub.protocols import RestProvider, RestSettings


class BeaconSettings(RestSettings):
    """``[vendors.beacon]``."""

    lamp: str = "red"


class BeaconPlugin(RestProvider):
    """The protocol as it stands, with a name and a policy."""

    Settings = BeaconSettings
    vendor_name = "Beacon"

    @hookimpl
    def authorize_decision(self, decision: DecisionRequest) -> Permission:
        return Permission(allowed=decision.role is Role.SUPPORT, reason="support decides")
