"""Settings of one RPNow account: the table ``[vendors.<slug>]`` of the hub's configuration."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, IPvAnyNetwork, SecretStr

from proctor_hub import VendorSettings


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an absolute http or https URL")
    return value


def _http_url_or_nothing(value: str) -> str:
    return _http_url(value) if value else value


def _header_word(value: str) -> str:
    if not value.isascii() or not value.isprintable() or " " in value or ":" in value:
        raise ValueError("must be ASCII text without spaces and colons")
    return value


def _ascii_secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not text or not text.isascii():
        raise ValueError("must be ASCII text and not empty")
    return value


def _triple_des_key(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) not in (16, 24):
        raise ValueError("must be 16 or 24 bytes long (a 3DES key)")
    return value


Text = Annotated[str, Field(min_length=1)]
HttpUrl = Annotated[str, AfterValidator(_http_url)]
OptionalHttpUrl = Annotated[str, AfterValidator(_http_url_or_nothing)]
HeaderWord = Annotated[str, Field(min_length=1), AfterValidator(_header_word)]
AsciiSecret = Annotated[SecretStr, AfterValidator(_ascii_secret)]
TripleDesKey = Annotated[SecretStr, AfterValidator(_triple_des_key)]


class RPNowSettings(VendorSettings):
    """What the vendor agreed on with the site (wire/rpnow.md), and whom learners may ask.

    ``allowed_networks`` are the networks reviews may come from; empty means that the callback
    URL's token alone decides.
    """

    organization: Text
    exam_sponsor: Text
    exam_register_endpoint: HttpUrl
    secret_key_id: HeaderWord
    secret_key: AsciiSecret
    crypto_key: TripleDesKey
    software_download_url: HttpUrl
    send_email: bool = False
    allowed_networks: tuple[IPvAnyNetwork, ...] = ()
    support_email: str = ""
    support_phone: str = ""
    support_url: OptionalHttpUrl = ""
    notification_email: str = ""
