"""The hub's configuration: environment ``PROCTOR_HUB_*`` first, then ``proctor-hub.toml``.

``PROCTOR_HUB_CONFIG`` names another file. Nested keys are joined by two underscores in the
environment: ``PROCTOR_HUB_LMS__EVENTS_URL`` is ``events_url`` of the table ``[lms]``.
"""

from __future__ import annotations

import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self

import sqlalchemy as sa
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    IPvAnyNetwork,
    SecretStr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from proctor_hub.errors import ConfigurationError
from proctor_hub.jobs.webhook import listed
from proctor_hub.settings_lms import LmsSettings
from proctor_hub.settings_metrics import MetricsSettings
from proctor_hub.settings_pages import PageSettings
from proctor_hub.settings_reports import ReportSettings
from proctor_hub.settings_tables import (
    DeliverySettings,
    JobSettings,
    LimitSettings,
    MailSettings,
    exam_url_template,
    http_url_or_nothing,
)

PREFIX = "PROCTOR_HUB_"
CONFIG_VARIABLE = "PROCTOR_HUB_CONFIG"
DEFAULT_FILE = "proctor-hub.toml"
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def _base_url(value: str) -> str:
    if not value:
        raise ValueError("must be an absolute http or https URL")
    return http_url_or_nothing(value).rstrip("/")


def _database_url(value: SecretStr) -> SecretStr:
    try:
        url = sa.engine.make_url(value.get_secret_value())
    except sa.exc.ArgumentError:
        raise ValueError("is not a database URL; use sqlite:/// or postgresql+psycopg://") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("must name a file: sqlite:///proctor-hub.db")
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    return SecretStr(url.render_as_string(hide_password=False))


def _slugs(value: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Slugs are parts of addresses, variables and table names."""
    for slug in value:
        if not _SLUG.fullmatch(slug):
            raise ValueError(
                f"{slug!r} cannot name an account: up to 64 letters, digits, '-', '_' and '.', "
                "beginning with a letter or digit"
            )
    return value


class HubSettings(BaseSettings):
    """All settings of a hub. Secrets are never printed.

    :param exam_url: where the LMS shows an exam, with ``{course_id}``, ``{content_id}`` and
        ``{attempt_code}``; empty: a page of the hub that sends the learner back to the course.
    :param encryption_keys: ``id:base64`` each; the first one writes.
    :param vendors: slug → the account's table; its key ``plugin`` is by default the slug.
    :param threads: requests served at once per process; by default 16 on PostgreSQL, 32 on SQLite
        (whose writer commits those that wait together, design §4).
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
    )

    database_url: Annotated[SecretStr, AfterValidator(_database_url)] = SecretStr(
        "sqlite:///proctor-hub.db"
    )
    public_url: Annotated[str, AfterValidator(_base_url)] = "http://127.0.0.1:8000"
    exam_url: Annotated[str, AfterValidator(exam_url_template)] = ""
    encryption_keys: Annotated[
        tuple[SecretStr, ...], NoDecode, BeforeValidator(listed), Field(repr=False)
    ] = ()
    lms: LmsSettings = LmsSettings()
    mail: MailSettings = MailSettings()
    reports: ReportSettings = ReportSettings()
    pages: PageSettings = PageSettings()
    delivery: DeliverySettings = DeliverySettings()
    jobs: JobSettings = JobSettings()
    metrics: MetricsSettings = MetricsSettings()
    limits: LimitSettings = LimitSettings()
    vendors: Annotated[dict[str, dict[str, Any]], AfterValidator(_slugs), Field(repr=False)] = {}
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], NoDecode, BeforeValidator(listed)] = ()
    threads: Annotated[int, Field(ge=1, le=200)] | None = None
    access_token_seconds: Annotated[int, Field(ge=60, le=86400)] = 3600

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in code, then the environment, then the file."""
        toml = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, toml

    @property
    def url(self) -> str:
        """The database's URL, password included."""
        return self.database_url.get_secret_value()

    @property
    def embedded(self) -> bool:
        """Whether the database is a file of this process alone."""
        return self.url.startswith("sqlite")

    @property
    def worker_threads(self) -> int:
        """Requests served at once by this process."""
        return self.threads or (32 if self.embedded else 16)

    @property
    def callback_threads(self) -> int:
        """Callbacks handled at once by this process: more would only wait for one another."""
        return min(self.worker_threads, 16 if self.embedded else 4)

    @property
    def database_connections(self) -> int:
        """Connections kept by this process; twice as many at a pinch.

        On PostgreSQL few: what is at work in the database at once only gets in its own way, and
        most of the threads wait for vendors, not for it.
        """
        return self.worker_threads if self.embedded else 4

    @property
    def access_token_lifetime(self) -> timedelta:
        """How long a client's access token holds."""
        return timedelta(seconds=self.access_token_seconds)

    @classmethod
    def load(cls, **given: Any) -> Self:
        """Read the configuration.

        :raises ConfigurationError: it cannot be used; names file or variable, key and remedy.
        """
        path = config_file()
        if CONFIG_VARIABLE in os.environ and not path.is_file():
            raise ConfigurationError(
                f"{CONFIG_VARIABLE} names {path}, which is not a file; create it or unset the "
                "variable."
            )
        try:
            return cls(**given)
        except tomllib.TOMLDecodeError as error:
            raise ConfigurationError(f"{path} is not valid TOML: {error}; correct it.") from None
        except UnicodeDecodeError:
            raise ConfigurationError(f"{path} is not UTF-8 text; save it as such.") from None
        except OSError as error:
            raise ConfigurationError(
                f"{path} cannot be read: {error.strerror}; correct its permissions."
            ) from None
        except ValidationError as error:
            raise ConfigurationError(_sentence(path, error)) from None
        except SettingsError as error:  # a variable that should hold JSON does not
            raise ConfigurationError(f"The configuration cannot be used: {error}.") from None


def config_file() -> Path:
    """The configuration file, whether it exists or not."""
    return Path(os.environ.get(CONFIG_VARIABLE) or DEFAULT_FILE)


def _sentence(path: Path, error: ValidationError) -> str:
    problems = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        names = [str(part) for part in one["loc"]]
        variable = PREFIX + "__".join(names).upper()
        where = variable if variable in os.environ else str(path)
        what = "unknown key, remove it" if one["type"] == "extra_forbidden" else one["msg"]
        problems.append(f"{where}: {'.'.join(names)}: {what.removeprefix('Value error, ')}")
    return "The configuration cannot be used: " + "; ".join(problems) + "."
