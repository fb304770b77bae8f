"""Settings of a vendor account that speaks the REST provider protocol."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from proctor_hub.vendors.host import VendorSettings


def _base_url(value: str) -> str:
    """``http(s)://host[:port][/path]`` without the slash at the end."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an http(s) URL with a host")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("must hold no user name, query or fragment")
    return value.rstrip("/")


def _path(value: str) -> str:
    if not value.startswith("/"):
        raise ValueError("must begin with a slash")
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
UrlPath = Annotated[str, AfterValidator(_path)]


class RestSettings(VendorSettings):
    """What the table ``[vendors.<slug>]`` may hold; the vendor hands out the first three.

    ``token_path`` and ``instructor_path`` replace the plugin's own where an account differs;
    ``{client_id}`` in the latter stands for the client id. ``backend_name`` is what exams are sent
    with as ``backend`` (default: the slug). ``onboarding_validity_days``: domain §6, the vendor's
    own expiry date wins. The support and notification fields go into the vendor's description.
    """

    base_url: BaseUrl
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: Annotated[SecretStr, Field(min_length=1)]
    token_path: UrlPath | None = None
    instructor_path: UrlPath | None = None
    backend_name: str = ""
    onboarding_validity_days: Annotated[int, Field(ge=1, le=3650)] = 365
    support_email: str = ""
    support_phone: str = ""
    support_url: str = ""
    notification_email: str = ""
