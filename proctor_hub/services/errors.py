"""What a service answers when a request cannot be served: one typed error per kind.

::

    ServiceError
    ├── NotFound         404   the named object does not exist, or is not this caller's to see
    ├── Forbidden        403   the caller may not do this
    ├── Conflict         409   the object is in the way of the request
    │   └── Busy         409   somebody else changed the same thing at this moment; try again
    ├── Gone             410   it was there and is not any more
    ├── Invalid          422   the request makes no sense; ``fields`` says where
    ├── VendorRefused    502   the vendor, or its plugin, refuses; an operator must look
    ├── StorageDown      503   files cannot be read just now; trying again is safe
    └── VendorDown       503   the vendor cannot be reached just now; trying again is safe
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from proctor_hub.domain.told import told
from proctor_hub.errors import ProctorHubError


class ServiceError(ProctorHubError):
    """Base; ``status`` is the HTTP status a machine gets."""

    code = "service_error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.problem_code = code or self.code


class NotFound(ServiceError):
    """Nothing of that kind under that name, or not the caller's to see."""

    code = "not_found"
    status = 404

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(
            told("there is no %(kind)s %(name)s here", kind=told(kind), name=repr(name)),
            code=f"{kind.replace(' ', '_')}_not_found",
        )


class Forbidden(ServiceError):
    """The caller is known and may not do this."""

    code = "forbidden"
    status = 403


class Conflict(ServiceError):
    """The state of the object is in the way; the message says which state and what to do."""

    code = "conflict"
    status = 409


class Busy(Conflict):
    """Somebody else changed the same thing at this very moment; trying again is safe."""

    code = "busy"
    retryable = True


class Gone(ServiceError):
    """It was there, and is not any more; the message says how to get another one."""

    code = "gone"
    status = 410


class Invalid(ServiceError):
    """The request makes no sense; nothing was changed.

    :param fields: path of the field → what is wrong with it.
    """

    code = "invalid"
    status = 422

    def __init__(
        self, message: str, *, fields: Mapping[str, str] | None = None, code: str | None = None
    ) -> None:
        super().__init__(message, code=code)
        self.fields = dict(fields or {})


class StorageDown(ServiceError):
    """The place where files are kept does not answer as it should; trying again is safe."""

    code = "storage_unavailable"
    status = 503
    retryable = True


class VendorDown(ServiceError):
    """The vendor did not answer as it should; the attempt is kept and trying again is safe."""

    code = "vendor_unavailable"
    status = 503
    retryable = True


class VendorRefused(ServiceError):
    """The vendor refuses the request or its plugin failed; the attempt is kept as it was."""

    code = "vendor_refused"
    status = 502
