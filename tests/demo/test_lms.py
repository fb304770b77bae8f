from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from proctor_hub.demo.lms import create_app, moved, score_of
from proctor_hub.jobs.signing import signature, signing_key

SECRET, OTHER, FOREIGN = (
    "whsec_" + base64.b64encode(letter * 32).decode() for letter in (b"s", b"o", b"f")
)
NOW = 1_800_000_000.0


@pytest.fixture
def lms() -> TestClient:
    return TestClient(create_app(SECRET, clock=lambda: NOW))


def event(number: int, status: str, *effects: str, credit: str | None = None) -> dict[str, Any]:
    return {
        "id": f"e{number}", "sequence": number, "exam_id": 1, "type": status,
        "occurred_at": f"2026-11-22T09:0{number}:00+00:00", "course_id": "c", "content_id": "final",
        "user_id": "<b>u1</b>", "to_status": status, "effects": list(effects), "credit": credit,
    }  # fmt: skip


def send(lms: TestClient, one: dict[str, Any], **changed: str) -> int:
    body = json.dumps(one).encode()
    stamp = changed.get("stamp", str(int(NOW)))
    secrets = changed.get("secrets", SECRET).split(",")
    keys = [signing_key(SecretStr(secret)) for secret in secrets]
    headers = {
        "webhook-id": changed.get("event_id", one["id"]),
        "webhook-timestamp": stamp,
        "webhook-signature": changed.get("signature", signature(keys, one["id"], stamp, body)),
    }
    return lms.post("/events", content=changed.get("body", body), headers=headers).status_code


def row(lms: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = lms.get("/gradebook.json").json()["rows"][0]
    return found


def test_a_fail_overrides_the_grade_and_its_revert_brings_it_back(lms: TestClient) -> None:
    score = score_of("<b>u1</b>", "final")
    assert send(lms, event(1, "completed", "close_exam_submit_answers")) == 200
    assert (row(lms)["open"], row(lms)["grade"]) == (False, score)
    assert send(lms, event(2, "rejected", "override_grade_zero", credit="failed")) == 200
    assert (row(lms)["grade"], row(lms)["score"], row(lms)["credit"]) == (0, score, "failed")
    assert send(lms, event(3, "verified", "undo_override", credit="satisfied")) == 200
    assert (row(lms)["grade"], row(lms)["credit"]) == (score, "satisfied")
    assert send(lms, event(4, "created", "clear_answers", "clear_credit_requirement")) == 200
    assert (row(lms)["grade"], row(lms)["credit"], row(lms)["open"]) == (None, "", True)


def test_a_repeated_event_changes_nothing_and_an_overtaking_one_is_counted(
    lms: TestClient,
) -> None:
    rejected = event(5, "rejected", "override_grade_zero")
    send(lms, rejected)
    send(lms, event(6, "verified", "undo_override"))
    assert send(lms, rejected) == 200
    assert row(lms)["grade"] is None
    send(lms, event(4, "submitted"))
    counts = lms.get("/gradebook.json").json()["counts"]
    assert counts == {"applied": 3, "repeated": 1, "out_of_order": 1}


@pytest.mark.parametrize(
    "changed",
    [
        {"signature": "v1,AAAA"},
        {"signature": ""},
        {"event_id": "another"},
        {"stamp": str(int(NOW) - 301)},
        {"stamp": str(int(NOW) + 301)},
        {"stamp": "soon"},
        {"secrets": FOREIGN},
        {"body": "{}"},
    ],
)
def test_what_the_hub_did_not_sign_is_refused(lms: TestClient, changed: dict[str, str]) -> None:
    assert send(lms, event(1, "rejected", "override_grade_zero"), **changed) == 401
    assert lms.get("/gradebook.json").json()["rows"] == []


def test_what_is_no_event_is_refused_whole(lms: TestClient) -> None:
    assert send(lms, event(1, "rejected", "override_grade_zero", "set_fire")) == 422
    assert send(lms, {"id": "e2"}) == 422


def test_the_page_is_escaped(lms: TestClient) -> None:
    send(lms, event(1, "completed", "close_exam_submit_answers"))
    page = lms.get("/gradebook").text
    assert "<b>u1</b>" not in page and "&lt;b&gt;u1&lt;/b&gt;" in page
    assert lms.get("/exam").status_code == 200


@pytest.mark.parametrize("secrets", [SECRET, OTHER, f"{FOREIGN},{OTHER}"])
def test_while_secrets_are_exchanged_either_is_taken(secrets: str) -> None:
    lms = TestClient(create_app(OTHER, SECRET, clock=lambda: NOW))
    assert send(lms, event(1, "submitted"), secrets=secrets) == 200


@pytest.mark.parametrize("secrets", [(), ("whsec_",), (SECRET, "")])
def test_it_does_not_start_with_a_secret_that_anybody_has(secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="anybody could sign"):
        create_app(*secrets)


def test_each_move_of_a_grade_is_logged_with_its_event_and_none_twice(lms: TestClient) -> None:
    score = score_of("<b>u1</b>", "final")
    fail = event(3, "rejected", "override_grade_zero")
    send(lms, event(1, "completed", "close_exam_submit_answers"))
    send(lms, event(2, "submitted"))
    for _ in range(2):
        send(lms, fail)
    send(lms, event(4, "verified", "undo_override"))
    changes = lms.get("/gradebook.json").json()["changes"]
    moves = [(one["before"], one["after"], one["event"], one["event_id"]) for one in changes]
    assert moves == [
        (None, score, "completed", "e1"),
        (score, 0, "rejected", "e3"),
        (0, score, "verified", "e4"),
    ]
    assert [one["at"] for one in changes] == [
        f"2026-11-22T09:0{number}:00+00:00" for number in (1, 3, 4)
    ]
    told = " ".join(lms.get("/gradebook").text.split())
    assert f'<li class="zero"> {score} → 0, rejected, <time' in told
    assert f"<li> 0 → {score}, verified, <time" in told


def test_the_page_leaves_out_grades_that_were_only_given(lms: TestClient) -> None:
    send(lms, event(1, "completed", "close_exam_submit_answers"))
    assert "None yet." in lms.get("/gradebook").text
    assert len(lms.get("/gradebook.json").json()["changes"]) == 1


def test_whose_grade_moved_last_comes_first() -> None:
    def change(user_id: str, number: int) -> dict[str, Any]:
        return {"course_id": "c", "content_id": "final", "user_id": user_id, "number": number}

    order = [change("a", 1), change("b", 2), change("b", 3), change("c", 4), change("a", 5)]
    ways = [[one["number"] for one in way] for way in moved(order)]
    assert ways == [[1, 5], [2, 3]]


def test_another_exam_in_the_same_place_counts_its_events_anew(lms: TestClient) -> None:
    send(lms, event(5, "expired"))
    send(lms, {**event(1, "created"), "exam_id": 2})
    assert lms.get("/gradebook.json").json()["counts"]["out_of_order"] == 0
