"""All checks of one account, in the order people read them."""

from __future__ import annotations

from proctor_hub.services.diagnosis import Check
from proctor_hub.services.vendor_check import hub_side, looks, vendor_side
from proctor_hub.services.vendor_check.account import CheckedAccount


def check_account(account: CheckedAccount) -> list[Check]:
    """Everything there is to say; calls the vendor and the hub's public address, sends nothing
    about any learner, and changes nothing on either side."""
    checks = [
        looks.check_plugin(account.vendor),
        *looks.check_settings(account),
        *vendor_side.check_addresses(account),
        vendor_side.check_credentials(account),
        vendor_side.check_rules(account),
        vendor_side.check_dashboard(account),
    ]
    # Of what was called until now.
    checks += [vendor_side.check_clock(account), vendor_side.check_speed(account)]
    checks.append(hub_side.check_public_url(account))
    checks += hub_side.check_callbacks(account)
    checks.append(hub_side.check_callers(account))
    return checks
