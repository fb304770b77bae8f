"""What one sandbox is told when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

ENV_PREFIX = "PROCTORTRACK_SANDBOX_"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """Credentials, addresses and lifetimes of a sandbox.

    `client_id`/`client_secret` are what the hub uses towards the vendor (tokens, signed dashboard
    links); `hub_client_id`/`hub_client_secret` what the vendor uses towards the hub. `public_url`
    is where browsers reach this server; `hub_url` stands in for a `lms_host` that is no address.
    Lifetimes and time-outs are in seconds, `onboarding_valid_days` in days.
    """

    client_id: str = "proctor-hub-demo"
    client_secret: str = field(default="sandbox-demo-secret-of-no-value-0001", repr=False)
    hub_client_id: str = "proctortrack-sandbox"
    hub_client_secret: str = field(default="sandbox-demo-secret-of-no-value-0002", repr=False)
    public_url: str = "http://127.0.0.1:8021"
    hub_url: str | None = None
    token_lifetime_s: int = 3600
    dashboard_lifetime_s: int = 3600
    onboarding_valid_days: int = 365
    callback_timeout_s: int = 10


def settings_from(
    options: Mapping[str, str], env: Mapping[str, str], *, public_url: str
) -> SandboxSettings:
    """Build settings from `options`, then `PROCTORTRACK_SANDBOX_*` in `env`, then the defaults.

    Option names are the field names (a `-` counts as `_`). Raises ValueError, naming the option
    but never its value, for an unknown option or a number that is none.
    """
    given = {key.replace("-", "_"): value for key, value in options.items()}
    known = {f.name: f for f in fields(SandboxSettings)}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ValueError(f"unknown sandbox option: {', '.join(unknown)}")
    chosen: dict[str, str | int] = {"public_url": public_url}
    for name, known_field in known.items():
        text = given.get(name, env.get(ENV_PREFIX + name.upper()))
        if text is None:
            continue
        if isinstance(known_field.default, int):
            if not text.isdecimal():
                raise ValueError(f"sandbox option {name} must be a whole number")
            chosen[name] = int(text)
        elif not text:
            raise ValueError(f"sandbox option {name} must not be empty")
        else:
            chosen[name] = text
    return SandboxSettings(**chosen)  # type: ignore[arg-type]  # checked field by field above
