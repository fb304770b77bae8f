"""``/metrics`` and ``/readyz``: who may see what, and that they tell the truth."""

from __future__ import annotations

import re
from ipaddress import ip_network

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from proctor_hub.jobs.gauges import GAUGES
from proctor_hub.metrics import PREFIX, REGISTRY
from proctor_hub.storage import workers
from proctor_hub.storage.tables import workers as worker_rows
from proctor_hub.web.application import application
from proctor_hub.web.context import WebSettings
from tests.jobs.support import put
from tests.web.site import COURSE, Site, a_site

TOKEN = "a-token-for-the-scraper"


def client(site: Site, address: str, **settings: object) -> TestClient:
    """Another door to the site's hub, called from ``address``."""
    web = WebSettings(**settings)  # type: ignore[arg-type]
    return TestClient(application(site.hub, web=web), client=(address, 1234))


def sample(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("address", "settings", "headers", "status"),
    [
        ("127.0.0.1", {}, {}, 200),
        ("::1", {}, {}, 200),
        ("192.0.2.9", {}, {}, 403),
        ("192.0.2.9", {"metrics_networks": (ip_network("192.0.2.0/24"),)}, {}, 200),
        ("testclient", {}, {}, 403),
        # A proxy on this machine that the configuration does not know makes nobody local.
        ("127.0.0.1", {}, {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {}, {"Forwarded": "for=192.0.2.9"}, 403),
        ("127.0.0.1", {"metrics_token": SecretStr(TOKEN)}, {}, 403),
        ("127.0.0.1", {"metrics_token": SecretStr(TOKEN)}, {"Authorization": "Bearer x"}, 403),
        (
            "192.0.2.9",
            {"metrics_token": SecretStr(TOKEN)},
            {"Authorization": f"Bearer {TOKEN}"},
            200,
        ),
    ],
)
def test_who_may_read_metrics(
    embedded_site: Site,
    address: str,
    settings: dict[str, object],
    headers: dict[str, str],
    status: int,
) -> None:
    http = client(embedded_site, address, **settings)
    answer = http.get("/metrics", headers=headers)
    assert answer.status_code == status
    assert (PREFIX in answer.text) == (status == 200)
    checks = http.get("/readyz", headers=headers).json()["checks"]
    assert any(one["detail"] for one in checks) == (status == 200)


def test_a_story_is_counted_and_names_nobody(site: Site) -> None:
    before = {
        "ready": sample(f"{PREFIX}_transitions_total", to_status="ready_to_start"),
        "applied": sample(f"{PREFIX}_callbacks_total", vendor="acme", outcome="applied"),
        "seconds": sample(f"{PREFIX}_callback_seconds_count", vendor="acme"),
        "refused": sample(f"{PREFIX}_callbacks_total", vendor="", outcome="refused"),
        "decided": sample(f"{PREFIX}_decisions_total", kind="fail", role="course_team"),
    }
    site.course()
    site.person("ann", course_id=COURSE)
    site.team("tom")
    code = site.taken(site.exam(), "ann")
    site.review(code, "suspicious")
    site.callback("/callbacks/acme/x/ready", b"{}", None)
    body = {"decision": "fail", "reason": "seen"}
    site.ok("POST", f"/attempts/{code}/decisions", "tom", body)
    after = {
        "ready": sample(f"{PREFIX}_transitions_total", to_status="ready_to_start"),
        "applied": sample(f"{PREFIX}_callbacks_total", vendor="acme", outcome="applied"),
        "seconds": sample(f"{PREFIX}_callback_seconds_count", vendor="acme"),
        "refused": sample(f"{PREFIX}_callbacks_total", vendor="", outcome="refused"),
        "decided": sample(f"{PREFIX}_decisions_total", kind="fail", role="course_team"),
    }
    grown = {name: after[name] - before[name] for name in after}
    assert grown == {"ready": 1, "applied": 2, "seconds": 2, "refused": 1, "decided": 1}
    text = client(site, "127.0.0.1").get("/metrics").text
    assert re.search(rf'^{PREFIX}_outbox_waiting{{destination="lms"}} [1-9]', text, re.M)
    assert f"{PREFIX}_callbacks_quarantined 1.0" in text
    for name in GAUGES:
        assert f"# TYPE {PREFIX}_{name} gauge" in text
    for personal in ("ann", "tom", code, COURSE, "x.test"):
        assert not re.search(rf"\b{re.escape(personal)}\b", text), personal


def test_ready_is_degraded_by_vendors_and_failed_by_the_hub_itself(site: Site) -> None:
    hub = site.hub

    def told() -> tuple[int, str]:
        answer = client(site, "192.0.2.9").get("/readyz")
        return answer.status_code, answer.json()["status"]

    assert told() == (503, "unready")
    hub.database.write(
        lambda conn: workers.join(conn, nonce="n", seconds=30, host="h", version="1", alone=False)
    )
    assert told() == (200, "ready")
    for _ in range(5):
        hub.breakers.failed("vendor:acme", "no answer")
    assert told() == (200, "degraded")
    put(hub, "1:1", 1)
    site.clock.move(minutes=16)
    assert told() == (503, "unready")
    hub.database.write(lambda conn: conn.execute(worker_rows.delete()))


def test_without_the_database_the_process_still_tells_of_itself(sqlite_url: str) -> None:
    with a_site(sqlite_url) as site:
        http = client(site, "127.0.0.1")
        hub = site.hub
        with hub.database.engine.begin() as conn:
            conn.exec_driver_sql("ALTER TABLE workers RENAME TO gone")
        text = http.get("/metrics").text
        assert f"{PREFIX}_database_up 0.0" in text
        assert f"{PREFIX}_callbacks_total" in text


def test_a_schema_of_another_version_is_unready(site: Site) -> None:
    from sqlalchemy import text

    hub = site.hub
    with hub.database.read() as conn:
        mine = conn.scalar(text("SELECT version_num FROM alembic_version"))

    def at(revision: str) -> None:
        change = text("UPDATE alembic_version SET version_num = :r")
        hub.database.write(lambda conn: conn.execute(change, {"r": revision}))

    at("0001")
    answer = client(site, "127.0.0.1").get("/readyz")
    at(str(mine))
    assert answer.status_code == 503
    (check,) = answer.json()["checks"]
    assert (check["name"], check["state"]) == ("schema", "failed")
    assert "db upgrade" in check["detail"]
