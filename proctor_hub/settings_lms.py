"""``[lms]`` and ``[lms.endpoints.<name>]``: where events go (domain §9)."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)
from pydantic_settings import NoDecode

from proctor_hub.jobs.webhook import WEBHOOK, SigningSecret, listed, webhook_url
from proctor_hub.transports.endpoint import EndpointConfig
from proctor_hub.transports.routing import Route

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _url_or_nothing(value: str) -> str:
    return webhook_url(value) if value else value


def _pattern(value: str) -> str:
    if not value.strip():
        raise ValueError("an empty pattern matches no course; remove it")
    return value


Courses = Annotated[
    tuple[Annotated[str, AfterValidator(_pattern)], ...], NoDecode, BeforeValidator(listed)
]


class _Heading(BaseModel):
    """What the host itself reads of an endpoint's table; the rest is the transport's."""

    model_config = ConfigDict(extra="allow", frozen=True)

    transport: Annotated[str, Field(min_length=1)] = WEBHOOK
    courses: Courses = ()


def _endpoints(value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    for name, table in value.items():
        if not _NAME.fullmatch(name):
            raise ValueError(
                f"{name!r} cannot name an endpoint: up to 64 letters, digits, '-', '_' and '.', "
                "beginning with a letter or digit"
            )
        try:
            _Heading.model_validate(table)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False, include_context=False)[0]
            key = ".".join(map(str, first["loc"]))
            message = first["msg"].removeprefix("Value error, ")
            raise ValueError(f"endpoint {name}: {key}: {message}") from None
    return value


class LmsSettings(BaseModel):
    """Where events go. Without any endpoint they wait in the outbox.

    :param events_url: of the endpoint that needs no name, a webhook.
    :param signing_secrets: sign besides ``signing_secret``: for the time both are in use.
    :param courses: shell patterns on the course's id; empty: it hears of all courses.
    :param endpoints: name → table: ``transport``, ``courses``, and what the transport needs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    events_url: Annotated[str, AfterValidator(_url_or_nothing)] = ""
    signing_secret: SigningSecret | None = None
    signing_secrets: Annotated[tuple[SigningSecret, ...], NoDecode, BeforeValidator(listed)] = ()
    courses: Courses = ()
    endpoints: Annotated[
        dict[str, dict[str, Any]], AfterValidator(_endpoints), Field(repr=False)
    ] = {}

    def configs(self) -> list[EndpointConfig]:
        """Every configured endpoint, the one without a name first."""
        found = [self._default()] if self.events_url else []
        for name, table in self.endpoints.items():
            heading = _Heading.model_validate(table)
            found.append(
                EndpointConfig(
                    name=name,
                    transport=heading.transport,
                    courses=heading.courses,
                    settings_table=heading.model_extra or {},
                )
            )
        return found

    def routes(self) -> list[Route]:
        """The courses each configured endpoint hears of."""
        return [Route(destination=one.destination, courses=one.courses) for one in self.configs()]

    def _default(self) -> EndpointConfig:
        secrets: list[SecretStr] = [*self.signing_secrets]
        if self.signing_secret is not None:
            secrets.insert(0, self.signing_secret)
        table: dict[str, Any] = {
            "events_url": self.events_url,
            "signing_secrets": [one.get_secret_value() for one in secrets],
        }
        return EndpointConfig(
            name="", transport=WEBHOOK, courses=self.courses, settings_table=table
        )
