"""The Proctortrack sandbox calling back a small real server, and its steering page."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_hub_proctortrack.sandbox import SandboxSettings

from .sandbox_support import SETTINGS, Hub, Vendor, serving_hub


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving_hub() as server:
        yield server


# callbacks


def test_callbacks_reach_the_hub_with_one_token(hub: Hub) -> None:
    vendor = Vendor(lms_host=hub.base + "/")
    attempt_id = vendor.session(vendor.exam())
    scan = vendor.http.post(f"/sandbox/attempts/{attempt_id}/room-scan").json()
    assert [(one["status"], one["body"], one["error"]) for one in scan] == [(200, "OK", None)]
    incident = {"comment": "phone", "status": "suspicious", "start": 12, "stop": 88, "duration": 76}
    body = {"status": "suspicious", "comments": [incident], "copies": 2}
    answers = vendor.http.post(f"/sandbox/attempts/{attempt_id}/review", json=body).json()
    assert [one["status"] for one in answers] == [200, 200]
    base = f"/api/edx_proctoring/v1/proctored_exam/attempt/{attempt_id}"
    review = {"status": "suspicious", "comments": [incident]}
    assert (
        hub.calls == [(f"{base}/ready", {"status": "ready"})] + [(f"{base}/reviewed", review)] * 2
    )
    assert hub.token_forms == [
        {
            "grant_type": ["client_credentials"],
            "client_id": [SETTINGS.hub_client_id],
            "client_secret": [SETTINGS.hub_client_secret],
            "token_type": ["jwt"],
        }
    ]


def test_series_out_of_order_keeps_the_last_given_as_standing(hub: Hub) -> None:
    vendor = Vendor(lms_host=hub.base)
    attempt_id = vendor.session(vendor.exam())
    series = [{"status": "suspicious"}, {"status": "passed", "reviewed_by": "ina@uni.example"}]
    body = {"reviews": series, "order": "reversed"}
    hub.answers = [(200, '"OK"'), (422, '{"detail": "no"}')]
    answers = vendor.http.post(f"/sandbox/attempts/{attempt_id}/review", json=body).json()
    assert [one["status"] for one in answers] == [200, 422]
    assert answers[1]["body"] == {"detail": "no"}
    assert [sent["status"] for _, sent in hub.calls] == ["passed", "suspicious"]
    assert hub.calls[0][1]["reviewed_by"] == "ina@uni.example"
    listed = vendor.http.get("/sandbox/attempts").json()[0]
    assert listed["reviews"][-1]["status"] == "passed"
    for bad in ({}, {"status": "passed", "reviews": series}):
        path = f"/sandbox/attempts/{attempt_id}/review"
        assert vendor.http.post(path, json=bad).status_code == 422


def test_token_is_refetched_once_on_401_and_before_expiry(hub: Hub) -> None:
    vendor = Vendor(lms_host=hub.base)
    attempt_id = vendor.session(vendor.exam())
    scan = f"/sandbox/attempts/{attempt_id}/room-scan"
    assert vendor.http.post(scan).json()[0]["status"] == 200
    hub.good_token = "rotated"
    assert vendor.http.post(scan).json()[0]["status"] == 200
    assert len(hub.token_forms) == 2
    vendor.now += timedelta(seconds=580)
    assert vendor.http.post(scan).json()[0]["status"] == 200
    assert len(hub.token_forms) == 3
    hub.answers = [(401, "no"), (401, "no")]
    assert vendor.http.post(scan).json()[0]["status"] == 401
    assert len(hub.token_forms) == 4


def test_redirects_are_not_followed_and_failures_are_told(hub: Hub) -> None:
    vendor = Vendor(lms_host=hub.base)
    attempt_id = vendor.session(vendor.exam())
    scan = f"/sandbox/attempts/{attempt_id}/room-scan"
    hub.answers = [(302, "")]
    assert vendor.http.post(scan).json()[0]["status"] == 302
    assert len(hub.calls) == 1
    nobody = Vendor()
    lost = nobody.session(nobody.exam())
    answer = nobody.http.post(f"/sandbox/attempts/{lost}/room-scan").json()[0]
    assert (answer["step"], answer["status"]) == ("token", None)
    assert answer["error"] == "ConnectionError"


def test_wrong_hub_credentials_and_fallback_address(hub: Hub) -> None:
    settings = SandboxSettings(
        client_id=SETTINGS.client_id,
        client_secret=SETTINGS.client_secret,
        hub_client_secret="not-the-right-one",
        hub_url=hub.base,
    )
    vendor = Vendor(settings, lms_host="hub.example")
    attempt_id = vendor.session(vendor.exam())
    answer = vendor.http.post(f"/sandbox/attempts/{attempt_id}/room-scan").json()[0]
    assert (answer["step"], answer["status"]) == ("token", 401)
    assert hub.calls == []


def test_journal_tells_both_ways_and_no_secrets(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    vendor = Vendor(lms_host=hub.base)
    exam_id = vendor.exam()
    attempt_id = vendor.submitted(exam_id)
    place = vendor.open(exam_id=exam_id, attempt_id=attempt_id)
    vendor.http.get(place)
    text = vendor.http.get("/sandbox/journal").text
    entries = json.loads(text)
    outs = [(e["path"].rsplit("/", 1)[1], e["status"]) for e in entries if e["direction"] == "out"]
    assert outs == [("access_token", 200), ("ready", 200)]
    ins = [(e["method"], e["path"], e["status"]) for e in entries if e["direction"] == "in"]
    assert ins[0] == ("POST", "/edx/oauth2/access_token", 200)
    assert ins[-1] == ("GET", f"/dashboard/…/attempts/{attempt_id}", 200)
    key = place.split("/")[2]
    token = vendor.http.headers["Authorization"].removeprefix("JWT ")
    secrets = (SETTINGS.client_secret, SETTINGS.hub_client_secret, key, token, "jwt=", "lea@")
    for secret in secrets:
        assert secret not in text
    assert SETTINGS.client_secret not in repr(SETTINGS)
    assert SETTINGS.hub_client_secret not in caplog.text


def test_steering_page_moves_the_vendor(hub: Hub) -> None:
    vendor = Vendor(lms_host=hub.base)
    http = vendor.http
    assert "registered nobody" in http.get("/").text
    profile = {"pseudonym": "pseudo-1", "status": "approved", "expiration_date": ""}
    assert http.post("/steer/profiles", data=profile).status_code == 303
    attempt_id = vendor.register(vendor.exam())["id"]
    assert http.post(f"/steer/attempts/{attempt_id}/room-scan").status_code == 303
    form = {"status": "suspicious", "comment": "phone", "start": "5", "stop": "9", "then": "passed"}
    form |= {"copies": "2", "order": "reversed", "reviewed_by": ""}
    assert http.post(f"/steer/attempts/{attempt_id}/review", data=form).status_code == 303
    sent = [body for path, body in hub.calls if path.endswith("/reviewed")]
    assert [body["status"] for body in sent] == ["passed", "passed", "suspicious", "suspicious"]
    assert sent[2]["comments"][0]["duration"] == 4
    faults = {"down": "true", "code": "502", "count": "3", "slow_ms": ""}
    assert http.post("/steer/faults", data=faults).status_code == 303
    assert "down = True" in http.get("/").text
    assert http.post("/steer/faults", data={"clear": "1"}).status_code == 303
    assert http.get("/sandbox/faults").json()["status"] is None
    for path, bad in (
        ("/steer/faults", {"slow_ms": "x"}),
        ("/steer/profiles", {"status": "approved"}),
        ("/steer/profiles", {"pseudonym": "p", "status": "odd"}),
        (f"/steer/attempts/{attempt_id}/review", {"status": "passed", "copies": "0"}),
    ):
        assert http.post(path, data=bad).status_code == 422
    assert http.post("/steer/attempts/none/room-scan").status_code == 404
    assert "nothing to install" in http.get("/download").text


def test_other_sites_cannot_steer(vendor: Vendor) -> None:
    # Under "no-referrer" a browser would send the page's own forms with the origin "null".
    assert vendor.http.get("/").headers["referrer-policy"] == "same-origin"
    evil = {"Origin": "https://evil.example"}
    assert vendor.http.post("/steer/faults", data={"down": "1"}, headers=evil).status_code == 403
    assert vendor.http.delete("/sandbox/tokens", headers=evil).status_code == 403
    own = {"Origin": "http://testserver"}
    assert vendor.http.post("/steer/faults", data={"clear": "1"}, headers=own).status_code == 303
