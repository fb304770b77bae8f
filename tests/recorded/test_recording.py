"""What a recording holds, and what it must never hold."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from proctor_hub.errors import ConfigurationError
from proctor_hub.testing.recorded import (
    changes,
    load_recording,
    names,
    record,
    recordings_in,
    stories,
)
from proctor_hub.testing.recorded.names import Names
from proctor_hub.testing.recorded.stage import EMAIL, FIRST, LAST
from tests.recorded.leaky import SECRET
from tests.recorded.making import HUB, account, clock, recorded

STORIES = ("account", "proctored")


@pytest.mark.parametrize("story", STORIES)
def test_no_secret_and_nobody_is_in_the_file(vendor: str, story: str) -> None:
    recording, used = recorded(vendor, story)
    text = recording.text()
    sent = [str((one.url, one.options)) for one in used.http.exchanges]
    answered = [one.reply.text for one in used.http.exchanges if one.reply]
    assert SECRET in json.dumps([*sent, *answered]).replace('\\\\"', '"').replace('\\"', '"')
    pair = base64.b64encode(f"hub:{SECRET}".encode()).decode()
    replies = [json.loads(one) for one in answered if one.startswith("{")]
    forbidden = {
        SECRET,
        json.dumps(SECRET)[1:-1],
        quote(SECRET),
        quote(SECRET, safe=""),
        quote(SECRET).replace("%20", "+"),
        base64.b64encode(SECRET.encode()).decode(),
        pair,
        FIRST,
        LAST,
        EMAIL,
        quote(EMAIL, safe=""),
        HUB,
        str(urlsplit(HUB).hostname),
        vendor,
        urlsplit(vendor).netloc,
        "a-cookie-of-the-vendor",
        "a-header-nobody-needs",
        "1234",
        "c2lnbmF0dXJl",
        *(reply["access_token"] for reply in replies),
        *(reply["id"] for reply in replies),
        *(value for name, value in used.names.found_anywhere().items() if name[:2] != "hub"),
    }
    assert {value for value in forbidden if value in text} == set()


def test_what_is_hidden_goes_by_names_and_moments_are_moved(vendor: str) -> None:
    recording, _ = recorded(vendor, "proctored")
    (registered,) = (
        one for one in recording.steps if one.call == "register_attempt" and one.attempt == 1
    )
    (exchange,) = registered.exchanges
    assert exchange.request.url == "«vendor»/sessions"
    assert exchange.request.query == {
        "key": "«secret.api_key»",
        "who": "«learner.full_name»",
    }
    assert exchange.request.headers == ("authorization", "content-type")
    body = exchange.request.body["json"]
    assert body["greeting"] == "Dear «learner.full_name» <«learner.email»>"
    assert (body["code"], body["learner"]) == ("«attempt.1.code»", "«learner.pseudonym»")
    assert body["begins_at"] == "2030-01-01T12:00:00+00:00"
    assert body["callback"].startswith("«hub»/«opaque.")
    answer = exchange.answer
    assert answer is not None
    assert set(answer.headers) == {"content-type"}
    assert answer.body["json"]["id"] == "«attempt.1.external_id»"
    assert answer.body["json"]["access_token"] == "«access_token.1»"
    assert answer.body["json"]["pin_password"] == "«hidden»"
    assert answer.body["json"]["expires"] == "2030-01-01T13:00:00+00:00"
    assert answer.body["json"]["exp"] - body["begins"] == 3600
    assert registered.outcome == {"Registered": {"external_id": "«attempt.1.external_id»"}}


def test_the_story_has_every_call_the_vendor_declares_and_how_each_ended(vendor: str) -> None:
    recording, used = recorded(vendor, "proctored")
    assert [(one.call, one.attempt, "error" in one.outcome) for one in recording.steps] == [
        ("register_attempt", 1, False),
        ("learner_instructions", 1, False),
        ("launch_session", 1, False),
        ("session_started", 1, False),
        ("session_stopped", 1, True),
        ("poll_reviews", 1, False),
        ("register_attempt", 2, False),
        ("session_errored", 2, True),
        ("retire_learner", 1, False),
    ]
    by_call = {one.call: one for one in recording.steps}
    assert by_call["session_stopped"].outcome == {"error": "VendorUnavailable"}
    assert by_call["session_stopped"].exchanges[0].answer is None
    assert by_call["poll_reviews"].outcome == []
    assert by_call["session_errored"].outcome == {"error": "VendorRejected", "status": 409}
    assert stories(used) == STORIES


@pytest.mark.parametrize("story", STORIES)
def test_recording_again_gives_the_same(vendor: str, story: str) -> None:
    first, _ = recorded(vendor, story)
    again, _ = recorded(vendor, story)
    assert changes(first, again) is None


def test_a_file_comes_back_as_it_was(vendor: str, tmp_path: Path) -> None:
    recording, _ = recorded(vendor, "proctored")
    (tmp_path / "proctored.json").write_text(recording.text(), encoding="utf-8")
    (path,) = recordings_in(tmp_path)
    assert load_recording(path) == recording


@pytest.mark.parametrize("text", ["", "{}", '{"format": 99}', '{"format": 1, "steps": [1]}', "[]"])
def test_what_is_no_recording_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"broken\.json is no recording"):
        load_recording(path)


def test_an_empty_folder_tries_nothing_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="holds no recording"):
        recordings_in(tmp_path)


@pytest.mark.parametrize("secret", ["id", "POST"])
def test_a_secret_that_cannot_be_told_from_other_words_is_refused(vendor: str, secret: str) -> None:
    with pytest.raises(ConfigurationError, match="would hold api_key") as refused:
        record(account(vendor, api_key=secret), "account", clock=clock)
    assert f" {secret} " not in str(refused.value)


def test_short_ids_are_found_as_words_and_not_within_others() -> None:
    names = Names()
    names.learn("attempt.1.external_id", "id-2")
    names.learn("exam.external_id", "17")
    assert names.hidden("«vendor»/join/id-2?x=id-2") == (
        "«vendor»/join/«attempt.1.external_id»?x=«attempt.1.external_id»"
    )
    assert names.hidden("void-2 id-22 id-2-1") == "void-2 id-22 id-2-1"
    assert names.hidden("17") == "«exam.external_id»"
    assert names.hidden("17 minutes") == "17 minutes"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("sSwAGPkqxAnTCkofB-SfxglxAInyHyTKUAMQkGWW_OI", True),  # random, and no digit by chance
        ("a" * 19 + "7", True),
        ("onboarding_profile_of_the_learner_in_a_course", False),
        ("LearnersInThisCourse", False),
    ],
)
def test_what_is_random_by_its_looks_is_hidden(text: str, hidden: bool) -> None:
    assert bool(names._UNKNOWN.fullmatch(text)) is hidden
