"""``callbacks``: a quarantined call is listed, shown, vouched for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proctor_hub import CallbackRequest
from proctor_hub.app import build_hub
from proctor_hub.services.callbacks.receive import receive
from proctor_hub.settings import HubSettings
from tests.cli.conftest import Run, one_sentence
from tests.cli.plugins import Talkative
from tests.support import plugin_of

REQUEST = CallbackRequest(
    route="review",
    method="POST",
    path="/review",
    path_params={},
    query={},
    headers={},
    body=b'{"note": "hello", "videoLink": "https://video.example/secret"}',
    source_address="192.0.2.7",
)


@pytest.fixture
def kept(run: Run, folder: Path, install: Callable[..., None]) -> None:
    install(plugin_of("acme", Talkative))
    Path("proctor-hub.toml").write_text("[vendors.acme]\n", encoding="utf-8")
    assert run("db", "upgrade").status == 0
    hub = build_hub(HubSettings.load())
    try:
        receive(hub, None, REQUEST)
    finally:
        hub.database.close()


def test_list_filters_and_show_hides(run: Run, kept: None) -> None:
    listed = run("callbacks", "list", "--quarantined", "--json").json
    assert [one["outcome"] for one in listed["items"]] == ["refused"]
    assert listed["next_cursor"] is None
    assert run("callbacks", "list", "--outcome", "applied", "--json").json["items"] == []
    assert run("callbacks", "list", "--not-quarantined", "--json").json["items"] == []
    assert "192.0.2.7" in run("callbacks", "list").out
    number = str(listed["items"][0]["id"])
    for args in (("callbacks", "show", number), ("callbacks", "show", number, "--json")):
        shown = run(*args)
        assert "hello" in shown.out
        assert "video.example" not in shown.out


def test_replay_needs_a_reason_and_an_account_and_happens_once(run: Run, kept: None) -> None:
    number = str(run("callbacks", "list", "--json").json["items"][0]["id"])
    bare = run("callbacks", "replay", number)
    assert bare.status == 1
    assert "reason" in one_sentence(bare)
    nobody = run("callbacks", "replay", number, "--reason", "they called me")
    assert nobody.status == 1
    assert "vendor" in one_sentence(nobody)
    done = run(
        "callbacks", "replay", number, "--reason", "they called", "--vendor", "acme", "--json"
    )
    assert (done.status, done.json["code"]) == (0, "stored")
    (stored,) = run("callbacks", "list", "--json").json["items"]
    assert stored["vouched_reason"] == "they called"
    assert stored["vouched_by"].startswith("cli:")
    again = run("callbacks", "replay", number)
    assert again.status == 1
    assert "already" in one_sentence(again)


def test_an_unknown_callback_is_one_sentence(run: Run) -> None:
    done = run("callbacks", "show", "17")
    assert done.status == 1
    assert "'17'" in one_sentence(done)
