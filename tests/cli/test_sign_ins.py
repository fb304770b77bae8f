"""``sign-in-link`` and ``sign-ins``: a new hub's first operator gets in, and is put out again."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa

from proctor_hub.app import build_hub
from proctor_hub.services.access import sign_ins
from proctor_hub.services.errors import Gone
from proctor_hub.settings import HubSettings
from proctor_hub.storage.tables import audit
from tests.cli.conftest import Run, one_sentence


def test_the_first_operator_of_an_empty_hub_gets_in_once(on_database: Run) -> None:
    assert on_database("staff", "add", "oli", "--role", "operator").status == 1
    added = on_database("staff", "add", "oli", "--role", "operator", "--new")
    assert added.out == "oli is operator now\n"
    url = on_database("sign-in-link", "oli", "--page", "operator").out.strip()
    hub = build_hub(HubSettings.load())
    try:
        token = urlsplit(url).path.rsplit("/", 1)[1]
        entry = sign_ins.enter(hub, token)
        assert entry.target == "/operator"
        try:
            sign_ins.enter(hub, token)
        except Gone:
            pass
        else:
            raise AssertionError("the link worked twice")
        assert on_database("sign-ins", "revoke", "oli").out == "oli: 1 sign-ins ended\n"
        assert sign_ins.find(hub, entry.secret) is None
        with hub.database.read() as conn:
            actions = list(conn.scalars(sa.select(audit.c.action).order_by(audit.c.id)))
        assert actions == ["staff.granted", "launch_link.made", "sign_ins.revoked"]
    finally:
        hub.database.close()


def test_for_scripts(on_database: Run) -> None:
    on_database("staff", "add", "oli", "--role", "operator", "--new")
    told = on_database("sign-in-link", "oli", "--json").json
    assert set(told) == {"url", "expires_at"}
    assert on_database("sign-ins", "revoke", "oli", "--json").json == {"user_id": "oli", "ended": 0}


def test_what_cannot_be_is_one_sentence(on_database: Run) -> None:
    assert "nobody" in one_sentence(on_database("sign-in-link", "nobody"))
    assert "nobody" in one_sentence(on_database("sign-ins", "revoke", "nobody"))
    on_database("staff", "add", "oli", "--role", "operator", "--new")
    assert "course_id" in one_sentence(on_database("sign-in-link", "oli", "--page", "course"))
