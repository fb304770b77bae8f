"""Whether a configured vendor account works: for its operator, without learners' data."""

from proctor_hub.services.vendor_check.account import CheckedAccount
from proctor_hub.services.vendor_check.looks import check_plugin
from proctor_hub.services.vendor_check.run import check_account

__all__ = ["CheckedAccount", "check_account", "check_plugin"]
