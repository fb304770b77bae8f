"""``settings.md``: every key of the configuration."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, Secret, SecretStr
from pydantic.fields import FieldInfo

from proctor_hub.settings import HubSettings
from proctor_hub.settings_lms import LmsSettings
from proctor_hub.settings_metrics import MetricsSettings
from proctor_hub.settings_pages import PageSettings
from proctor_hub.settings_reports import ReportSettings
from proctor_hub.settings_tables import (
    DeliverySettings,
    JobSettings,
    LimitSettings,
    MailSettings,
)

from . import text
from .features import load

MEANINGS: Mapping[type[BaseModel], Mapping[str, str]] = {
    HubSettings: {
        "database_url": "`sqlite:///file` (one process), or "
        "`postgresql+psycopg://user:password@host/name`",
        "public_url": "where vendors and browsers reach the hub: scheme and authority",
        "exam_url": "where the LMS shows an exam, with `{course_id}`, `{content_id}`, "
        "`{attempt_code}`; without one browsers are sent to the hub's own page of the exam",
        "encryption_keys": "`id:base64` each, 32 bytes; the first one writes, all of them read. "
        "Required on "
        "PostgreSQL; with SQLite one is made beside the database on first start",
        "lms": "table, below",
        "mail": "table, below",
        "reports": "table, below",
        "delivery": "table, below",
        "jobs": "table, below",
        "metrics": "table, below",
        "pages": "table, below",
        "limits": "table, below",
        "vendors": "one table `[vendors.<slug>]` per account, below",
        "trusted_proxies": "networks whose `X-Forwarded-For` is believed",
        "threads": "requests served at once per process; by default 16 on PostgreSQL, 32 on SQLite",
        "access_token_seconds": "how long a client's access token holds, 60 to 86400",
    },
    LmsSettings: {
        "events_url": "where [events](events.md) are posted; empty: they wait in the outbox",
        "signing_secret": "signs events; `whsec_` and base64, or any text. Not set: "
        "events go unsigned",
        "signing_secrets": "more of them; each signs every event, for the time in which "
        "[keys are exchanged](../how-to/receive-events.md#exchange-the-secret)",
        "courses": "shell patterns on the course's id; empty: all courses",
        "endpoints": "more endpoints, below",
    },
    MailSettings: {
        "host": "the [mail server](../how-to/e-mail.md); empty: nobody is written to",
        "port": "its port",
        "security": "`starttls`, `tls` (from the beginning) or `none`",
        "username": "for the login; empty: none",
        "password": "for the login; best in the environment",
        "ca_file": "certificates (PEM) to trust instead of the system's",
        "sender": "from whom, `Name <address>` or an address; required with `host`",
        "may_send_as": "domains and addresses of vendors in whose name the server may send, too",
        "contact": "whom learners may ask, where neither course nor vendor names somebody",
        "language": "for learners of whom the LMS told none, BCP 47",
        "templates": "a folder with texts and languages of your own",
        "connect_seconds": "until a connection stands, per address of the server",
        "read_seconds": "until the server answers",
        "total_seconds": "for one e-mail in all",
    },
    ReportSettings: {
        "url": "where [reports](../how-to/reports.md) are kept: a folder, or any fsspec URL of "
        "one; empty: `reports/` beside the SQLite database. Required on PostgreSQL",
        "storage_options": "what the kind of storage needs, such as keys; a table, as JSON in the "
        "environment",
        "days": "how long reports are kept",
    },
    DeliverySettings: {
        "max_tries": "failed tries after which an effect is parked until an operator retries it",
        "streams": "of one destination delivered at the same time, per process",
        "vendor_calls": "to one vendor account at the same time, per process",
        "days": "how long delivered rows are kept",
        "lag_seconds": "how long an effect may be due before "
        "[`/readyz`](../how-to/watch-the-hub.md) says that something is wrong",
    },
    MetricsSettings: {
        "token": "the scraper sends it as `Authorization: Bearer`, 16 characters or more; with it "
        "nobody reads [`/metrics`](metrics.md) otherwise",
        "networks": "without a token: networks that may read `/metrics` besides this machine",
    },
    JobSettings: {
        "lease_seconds": "how long a silent process keeps its work from the others",
        "drain_seconds": "how long a process that is told to stop may finish what is in hand",
        "days": "how long jobs that were done are kept; failed ones stay until retried",
    },
    LimitSettings: {
        "body_bytes": "largest body of the API; larger is 413",
        "callback_bytes": "largest body of a vendor's callback; larger is 413",
        "quarantine_items_per_source": "refused callbacks kept per source address (IPv6: per /64); "
        "further ones are only counted",
        "quarantine_bytes_per_source": "their bytes per source address",
        "page_size": "items per page where `limit` is not given",
        "page_size_max": "largest `limit`",
        "proof_seconds": "how long an exam proof holds",
        "launch_link_seconds": "how long a launch link works",
        "sign_in_seconds": "how long a person stays signed in at most",
        "sign_in_idle_seconds": "how long a person stays signed in without doing anything",
        "claim_minutes": "how long a claim on a second review holds",
    },
    PageSettings: {
        "language": "of pages where neither person nor browser asks for one there is",
        "content_url": "where the LMS shows an exam's questions, with `{course_id}`, "
        "`{content_id}` and `{attempt_code}`: the exam page frames it; empty: the exam page sends "
        "the learner to the course",
        "frames": "shell patterns of course ids, each with the origins whose pages may frame the "
        'hub\'s: `{"course-v1:Acme+*" = ["https://lms.example.edu"]}`',
    },
}
_INTRO = """
Keys come from the environment (`PROCTOR_HUB_*`) first, then from `proctor-hub.toml` in the
working directory; `PROCTOR_HUB_CONFIG` names another file. In the environment nested keys are
joined by two underscores: `PROCTOR_HUB_LMS__EVENTS_URL`; lists are written with commas. Unknown
keys are refused; a variable that names no key at the top is left alone, because orchestrators set
such. A configuration that cannot be used makes `proctor-hub` exit with status 2 and say file, key
and remedy. Secrets are never printed.
"""
_ENDPOINTS = """
### `[lms.endpoints.<name>]`

Further endpoints, one table each. `transport` names what takes the events there, by default
`webhook`; `courses` is a list of shell patterns (`course-v1:Demo+*`), by default all courses. An
event goes to every endpoint whose patterns match its course; the endpoint of `[lms]` itself hears
of all courses unless it has `courses` of its own. The events of a course that nobody hears of wait
for `[lms]`, as long as no `events_url` is set there. The other keys are the transport's own; the
webhook's are `events_url`, `signing_secret` and `signing_secrets` as above.

```toml
[lms]
events_url = "https://lms.example/proctoring/events"

[lms.endpoints.analytics]
courses = ["course-v1:Demo+*"]
events_url = "https://analytics.example/events"
```

What cannot be used is listed by `proctor-hub endpoints` with the reason; its events wait.
"""
_VENDORS = """
## `[vendors.<slug>]`

One table per vendor account. The slug is what courses name. `plugin` says which plugin serves the
account; by default the slug. So one plugin can serve two accounts:

```toml
[vendors.proctortrack-eu]
plugin = "proctortrack"
```

The other keys are the plugin's own; what they mean is in the plugin's README
(`plugins/<name>/README.md`).
"""


_TABLES = {"vendors": "__<SLUG>__<KEY>", "endpoints": "__<NAME>__<KEY>"}
"""Keys that hold tables by name, and how their variables go on."""


def build() -> str:
    """The page; fails where a key has no meaning here, or a meaning no key."""
    for model, meanings in MEANINGS.items():
        odd = set(model.model_fields) ^ set(meanings)
        if odd:
            raise LookupError(f"docs/_ext/reference/settings.py: {model.__name__}: {odd}")
    parts = [
        "## Top level\n\n" + _table(HubSettings, ""),
        "## `[lms]`\n\n" + _table(LmsSettings, "lms"),
        _ENDPOINTS,
        "## `[mail]`\n\n" + _table(MailSettings, "mail"),
        "## `[reports]`\n\n" + _table(ReportSettings, "reports"),
        "## `[delivery]`\n\n" + _table(DeliverySettings, "delivery"),
        "## `[jobs]`\n\n" + _table(JobSettings, "jobs"),
        "## `[metrics]`\n\n" + _table(MetricsSettings, "metrics"),
        "## `[pages]`\n\n" + _table(PageSettings, "pages"),
        "## `[limits]`\n\n" + _table(LimitSettings, "limits"),
        _VENDORS,
    ]
    for vendor in load().vendors.values():
        fields = type(vendor.implementation).Settings.model_fields  # type: ignore[attr-defined]
        rows = [[text.code(name), _default(one)] for name, one in fields.items()]
        parts.append(f"### {vendor.description.name}\n\n" + text.table(["key", "default"], rows))
    return text.page("Settings", _INTRO, *parts)


def _table(model: type[BaseModel], prefix: str) -> str:
    rows = []
    for name, one in model.model_fields.items():
        variable = "PROCTOR_HUB_" + "__".join(filter(None, [prefix, name])).upper()
        nested = isinstance(one.annotation, type) and issubclass(one.annotation, BaseModel)
        shown = "-" if nested or name in _TABLES else _default(one)
        env = "-" if nested else f"`{variable}{_TABLES.get(name, '')}`"
        rows.append([text.code(name), env, shown, MEANINGS[model][name]])
    return text.table(["key", "environment", "default", "meaning"], rows)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.default
    if isinstance(value, SecretStr | Secret):
        value = value.get_secret_value()
    if value is None or value in ("", (), {}):
        return "-"
    return text.code(str(value).lower() if isinstance(value, bool) else str(value))
