"""Every error the hub or a plugin raises on purpose: one tree.

::

    ProctorHubError
    ├── ConfigurationError          broken settings: file, key, remedy (exit 2)
    ├── DomainError                 a rule of the domain says no (proctor_hub.domain.errors)
    ├── PluginError                 a plugin breaks the contract
    │   ├── PluginRefused           refused at load, with its distribution and the reason
    │   ├── HookNotAnswered         neither the plugin nor the default flow answered
    │   ├── WrongHookResult         a hook returned a value of another type
    │   ├── HookRaised              a hook raised something that is not a VendorError
    │   ├── VendorNotConfigured     no vendor account has this slug
    │   └── VendorBroken            the account is configured, but its plugin did not load
    ├── VendorError                 a call to a vendor did not do what it should
    │   ├── VendorUnavailable       connection refused, time-out, 5xx, 429        (retry helps)
    │   ├── VendorProtocolError     200 without an id, garbage, an id in use      (retry helps)
    │   ├── VendorUnauthorized      401/403: our credentials are not accepted     (retry helps not)
    │   └── VendorRejected          another 4xx: the vendor refuses this request  (retry helps not)
    ├── TransportError              an event did not get to its endpoint
    │   ├── DeliveryError           the endpoint did not take it this time            (retry helps)
    │   └── DeliveryRefused         the endpoint will never take it               (retry helps not)
    └── ServiceError                a request that cannot be served (proctor_hub.services.errors)

``retryable`` says whether trying the same thing again later can help; the host's relay and jobs
go by it. ``code`` is stable and becomes the type of the problem document.
"""

from __future__ import annotations

from typing import ClassVar


class ProctorHubError(Exception):
    """Root of the tree. The message says what was wrong, where, and what to do."""

    code: ClassVar[str] = "error"
    retryable: ClassVar[bool] = False


class ConfigurationError(ProctorHubError):
    """The configuration cannot be used; the message names file, key and remedy."""

    code = "configuration_error"


class PluginError(ProctorHubError):
    """A plugin breaks the contract; the message names the plugin."""

    code = "plugin_error"


class PluginRefused(PluginError):
    """The loader refuses a plugin: names its distribution and the reason."""

    code = "plugin_refused"


class HookNotAnswered(PluginError):
    """Neither the plugin nor the default flow answered a hook."""

    code = "hook_not_answered"


class WrongHookResult(PluginError):
    """A hook returned a value of another type than its specification says."""

    code = "wrong_hook_result"


class HookRaised(PluginError):
    """A hook raised something that is not a :class:`VendorError`; the cause is chained."""

    code = "hook_raised"


class VendorNotConfigured(PluginError):
    """No vendor account has this slug; the message lists those there are."""

    code = "vendor_not_configured"


class VendorBroken(PluginError):
    """The account is configured, but its plugin did not load; the message says why."""

    code = "vendor_broken"


class VendorError(ProctorHubError):
    """A call to a vendor did not do what it should. Messages never carry secrets or names."""

    code = "vendor_error"


class VendorUnavailable(VendorError):
    """The vendor cannot be reached or is not well: refused, time-out, 5xx, 429.

    :param retry_after: seconds the vendor asked us to wait, where it said so.
    """

    code = "vendor_unavailable"
    retryable = True

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class VendorProtocolError(VendorError):
    """The vendor answered something its protocol does not allow, such as 200 without an id."""

    code = "vendor_protocol_error"
    retryable = True


class VendorUnauthorized(VendorError):
    """The vendor does not accept our credentials; an operator must mend the settings."""

    code = "vendor_unauthorized"


class VendorRejected(VendorError):
    """The vendor refuses this very request; sending it again changes nothing.

    :param status: the HTTP status of the vendor's answer.
    """

    code = "vendor_rejected"

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class TransportError(ProctorHubError):
    """An event did not get to its endpoint. Messages carry neither secrets nor personal data:
    operators see them beside the event."""

    code = "transport_error"


class DeliveryError(TransportError):
    """The endpoint did not take the event this time, or nobody knows whether it did.

    :param retry_after: seconds the endpoint asked us to wait, where it said so.
    :param unavailable: nothing gets through to the endpoint just now, whatever the event.
    """

    code = "delivery_error"
    retryable = True

    def __init__(
        self, message: str, *, retry_after: float | None = None, unavailable: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.unavailable = unavailable


class DeliveryRefused(TransportError):
    """The endpoint does not take the event, and sending it again soon changes nothing."""

    code = "delivery_refused"
