"""The tables of the configuration, one class each; ``proctor_hub.settings`` puts them together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import NoDecode

from proctor_hub.domain.language import is_language_tag
from proctor_hub.jobs.webhook import listed
from proctor_hub.services.addresses import named, usable


def http_url_or_nothing(value: str) -> str:
    """The value, where it is empty or an absolute http or https URL.

    :raises ValueError: it is neither.
    """
    parts = urlsplit(value)
    if value and (parts.scheme not in ("http", "https") or not parts.hostname):
        raise ValueError("must be an absolute http or https URL")
    return value


def exam_url_template(value: str) -> str:
    """An address with places for an exam, as ``exam_url`` may be; or nothing.

    :raises ValueError: it has other braces, or is no absolute http or https URL.
    """
    try:
        value.format(course_id="c", content_id="e", attempt_code="a")
    except (KeyError, IndexError, ValueError):
        raise ValueError(
            "may hold {course_id}, {content_id} and {attempt_code}, and no other braces"
        ) from None
    return http_url_or_nothing(value)


def _named_address(value: str) -> str:
    if value:
        named(value)
    return value


def _address(value: str) -> str:
    if value and usable(value) is None:
        raise ValueError("must be a bare e-mail address")
    return value


def _language(value: str) -> str:
    if not is_language_tag(value):
        raise ValueError("must be a language tag (BCP 47), such as en or de-AT")
    return value


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LimitSettings(_Table):
    """``[limits]``: bounds on what comes in and is kept (domain §4)."""

    body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    callback_bytes: Annotated[int, Field(ge=1024)] = 16 * 1024 * 1024
    quarantine_items_per_source: Annotated[int, Field(ge=0)] = 100
    quarantine_bytes_per_source: Annotated[int, Field(ge=0)] = 16 * 1024 * 1024
    page_size: Annotated[int, Field(ge=1, le=1000)] = 50
    page_size_max: Annotated[int, Field(ge=1, le=1000)] = 200
    proof_seconds: Annotated[int, Field(ge=60)] = 12 * 3600
    launch_link_seconds: Annotated[int, Field(ge=10, le=900)] = 120
    sign_in_seconds: Annotated[int, Field(ge=300, le=7 * 86400)] = 12 * 3600
    sign_in_idle_seconds: Annotated[int, Field(ge=300, le=7 * 86400)] = 2 * 3600
    claim_minutes: Annotated[int, Field(ge=1, le=1440)] = 30

    @model_validator(mode="after")
    def _page_within_bounds(self) -> Self:
        if self.page_size > self.page_size_max:
            raise ValueError("page_size must not be larger than page_size_max")
        return self


class MailSettings(_Table):
    """``[mail]``: the server that sends to learners. Without ``host`` nobody is written to.

    :param sender: the site's own address, ``Name <address>`` or bare; required with ``host``.
    :param may_send_as: domains and addresses of vendors from whom the server may send, too.
    :param templates: a folder with the site's own texts and languages.
    """

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: SecretStr = SecretStr("")
    ca_file: Path | None = None
    sender: Annotated[str, AfterValidator(_named_address)] = ""
    may_send_as: Annotated[tuple[str, ...], NoDecode, BeforeValidator(listed)] = ()
    contact: Annotated[str, AfterValidator(_address)] = ""
    language: Annotated[str, AfterValidator(_language)] = "en"
    templates: Path | None = None
    connect_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    read_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    total_seconds: Annotated[float, Field(gt=0, le=600)] = 60.0

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.host and not self.sender:
            raise ValueError("sender is missing: from which address does the hub write?")
        if bool(self.username) != bool(self.password.get_secret_value()):
            raise ValueError("username and password go together; set both or none")
        if self.username and self.security == "none":
            raise ValueError('a password is not sent in clear; set security to "starttls" or "tls"')
        return self


class DeliverySettings(_Table):
    """``[delivery]``: how stubbornly, and how much at once, the relays deliver.

    :param max_tries: after so many failed tries a row is parked until an operator retries it.
    :param streams: of one destination delivered at the same time, in one process.
    :param vendor_calls: to one vendor account at the same time, in one process.
    :param days: how long delivered rows are kept.
    :param lag_seconds: how long an effect may be due before ``/readyz`` says that something is
        wrong.
    """

    max_tries: Annotated[int, Field(ge=1, le=10_000)] = 200
    streams: Annotated[int, Field(ge=1, le=64)] = 4
    vendor_calls: Annotated[int, Field(ge=1, le=64)] = 8
    days: Annotated[int, Field(ge=1, le=3650)] = 30
    lag_seconds: Annotated[int, Field(ge=10, le=86400)] = 900


class JobSettings(_Table):
    """``[jobs]``: how the processes share the work.

    :param lease_seconds: how long a process that fell silent keeps its work from the others.
    :param drain_seconds: how long a process that is told to stop may finish what is in hand.
    :param days: how long jobs that were done are kept; failed ones stay until retried.
    """

    lease_seconds: Annotated[int, Field(ge=1, le=600)] = 30
    drain_seconds: Annotated[int, Field(ge=0, le=3600)] = 15
    days: Annotated[int, Field(ge=1, le=3650)] = 30
