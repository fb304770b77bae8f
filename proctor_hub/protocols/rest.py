"""The REST protocol of Open edX proctoring services, as a base for vendor plugins.

A vendor that speaks it is a subclass with a few constants::

    class Other(RestProvider):
        vendor_name = "Other"
        token_path = "/o/token"

What differs between vendors is a class attribute or a small method of
:class:`~proctor_hub.protocols._rest_vendor.RestVendor`; the hooks use them. A subclass that
overrides a *hook* must mark it again with ``@hookimpl`` (the loader refuses it otherwise);
attributes and the other methods need no mark.
"""

from __future__ import annotations

from proctor_hub.protocols._rest_sessions import SessionHooks
from proctor_hub.protocols._rest_verdicts import VerdictHooks
from proctor_hub.protocols.rest_settings import RestSettings

__all__ = ["RestProvider", "RestSettings"]


class RestProvider(SessionHooks, VerdictHooks):
    """A vendor that speaks the protocol; complete as it stands, for any account.

    Built by the loader as ``RestProvider(settings, host)``, without I/O. Calls carry ``JWT``
    tokens fetched with the account's client credentials; hooks that call the vendor raise a
    :class:`~proctor_hub.errors.VendorError`. Callbacks are authenticated by tokens of the hub,
    which the host verifies. Second reviews are the course team's (domain §5).
    """
