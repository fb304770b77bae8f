"""The Proctortrack sandbox's API: tokens, exams, attempts, onboarding, faults."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from proctor_hub_proctortrack.sandbox.catalogue import language_of
from proctor_hub_proctortrack.sandbox.settings import settings_from

from .sandbox_support import COURSE, SETTINGS, TOKEN_FORM, Vendor, attempt_body, exam_body


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


# tokens


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"client_secret": "wrong"}, 401),
        ({"client_id": "wrong"}, 401),
        ({"client_secret": "ä"}, 401),
        ({"grant_type": "password"}, 400),
        ({"token_type": "bearer"}, 400),
    ],
)
def test_token_endpoint_refuses(vendor: Vendor, changes: dict[str, str], status: int) -> None:
    answer = vendor.http.post("/edx/oauth2/access_token", data=TOKEN_FORM | changes)
    assert answer.status_code == status
    assert "access_token" not in answer.json()


def test_token_request_must_be_a_form(vendor: Vendor) -> None:
    assert vendor.http.post("/edx/oauth2/access_token", json=TOKEN_FORM).status_code == 400


@pytest.mark.parametrize("header", ["", "JWT nonsense", "Bearer {token}", "jwt {token}", "JWT "])
def test_api_needs_the_word_jwt_and_a_known_token(vendor: Vendor, header: str) -> None:
    headers = {"Authorization": header.format(token=vendor.token())}
    answer = vendor.http.get("/api/v1/config/", headers=headers)
    assert answer.status_code == 401


def test_token_expires_and_can_be_revoked(vendor: Vendor) -> None:
    assert vendor.http.get("/api/v1/config/").status_code == 200
    vendor.now += timedelta(seconds=SETTINGS.token_lifetime_s)
    assert vendor.http.get("/api/v1/config/").json() == {"detail": "token expired"}
    vendor.http.headers["Authorization"] = f"JWT {vendor.token()}"
    vendor.http.delete("/sandbox/tokens")
    assert vendor.http.get("/api/v1/config/").status_code == 401


def test_token_is_checked_before_the_body(vendor: Vendor) -> None:
    headers = {"Authorization": "JWT no"}
    assert vendor.http.post("/api/v1/exam/", content="{", headers=headers).status_code == 401


# configuration and exams


def test_config_speaks_two_languages(vendor: Vendor) -> None:
    english = vendor.http.get("/api/v1/config/", headers={"Accept-Language": "fr, en;q=0.5"}).json()
    german = vendor.http.get(
        "/api/v1/config/", headers={"Accept-Language": "de-CH,en;q=0.5"}
    ).json()
    assert set(english) == {"rules", "name", "download_url", "instructions"}
    assert english["rules"].keys() == german["rules"].keys()
    assert english["rules"]["no_copy_paste"].startswith("Prohibit")
    assert english["rules"]["allow_books"].startswith("Allow")
    assert german["rules"]["no_copy_paste"].endswith("verbieten")
    assert english["instructions"] != german["instructions"]
    assert english["download_url"] == "https://vendor.example/download"


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "en"),
        ("de;q=0.3, en;q=0.9", "en"),
        ("de;q=0", "en"),
        ("*, de", "en"),
        ("x;q=,de", "de"),
    ],
)
def test_accept_language(header: str | None, language: str) -> None:
    assert language_of(header) == language


@pytest.mark.parametrize("missing", sorted(exam_body()))
def test_exam_needs_every_field(vendor: Vendor, missing: str) -> None:
    body = exam_body()
    del body[missing]
    answer = vendor.http.post("/api/v1/exam/", json=body)
    assert answer.status_code == 422
    assert [fault["field"] for fault in answer.json()["detail"]] == [missing]


@pytest.mark.parametrize(
    ("content", "status"),
    [("{", 400), ("[]", 400), ("[" * 100_000, 400), (" " * (1024 * 1024 + 1), 413)],
)
def test_bodies_that_are_none(vendor: Vendor, content: str, status: int) -> None:
    assert vendor.http.post("/api/v1/exam/", content=content).status_code == status


def test_timed_exams_and_unknown_rules_are_refused(vendor: Vendor) -> None:
    for changes in ({"is_proctored": False}, {"rules": {"fly": True}}, {"is_active": "yes"}):
        assert vendor.http.post("/api/v1/exam/", json=exam_body(**changes)).status_code == 422
    # A proctored exam that became timed is taken out of service.
    vendor.exam(is_proctored=False, is_active=False)


def test_exam_update_and_read(vendor: Vendor) -> None:
    exam_id = vendor.exam(rules={"allow_books": True})
    update = exam_body(exam_name="Finale", external_id=exam_id)
    path = f"/api/v1/exam/{exam_id}/"
    assert vendor.http.post(path, json=update).json() == {"id": exam_id}
    exam = vendor.http.get(path).json()
    assert (exam["exam_name"], exam["rules"]) == ("Finale", {"allow_books": True})
    assert vendor.http.get("/api/v1/exam/none/").status_code == 404
    assert vendor.http.post("/api/v1/exam/none/", json=update).status_code == 404


# attempts and the onboarding gate


def test_unknown_ids_are_404(vendor: Vendor) -> None:
    exam_id, other = vendor.exam(), vendor.exam()
    attempt_id = vendor.session(exam_id)
    http = vendor.http
    assert http.post("/api/v1/exam/none/attempt/", json=attempt_body()).status_code == 404
    for path in (f"{exam_id}/attempt/none/", f"{other}/attempt/{attempt_id}/"):
        assert http.get(f"/api/v1/exam/{path}").status_code == 404
        assert http.patch(f"/api/v1/exam/{path}", json={"status": "error"}).status_code == 404
        assert http.delete(f"/api/v1/exam/{path}").status_code == 404
    assert http.get(f"/api/v1/exam/{exam_id}/attempt/{attempt_id}/").status_code == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "started"},
        {"lms_host": "ftp://hub.example"},
        {"lms_host": "http://user:pw@hub.example"},
        {"lms_host": "hub.example"},
        {"is_sample_attempt": True},
        {"user_id": ""},
        {"time_limit_mins": 0},
        {"email": None},
    ],
)
def test_registration_is_strict(vendor: Vendor, changes: dict[str, Any]) -> None:
    exam_id = vendor.exam()
    vendor.approve()
    path = f"/api/v1/exam/{exam_id}/attempt/"
    assert vendor.http.post(path, json=attempt_body(**changes)).status_code == 422
    assert vendor.http.get("/sandbox/attempts").json() == []


@pytest.mark.parametrize(
    ("word", "refusal"),
    [
        ("no-profile", "onboarding_missing"),
        ("pending", "onboarding_pending"),
        ("rejected", "onboarding_failed"),
        ("expired", "onboarding_expired"),
    ],
)
def test_no_session_without_valid_onboarding(vendor: Vendor, word: str, refusal: str) -> None:
    exam_id = vendor.exam()
    assert vendor.register(exam_id) == {"status": "onboarding_missing"}
    vendor.http.post("/sandbox/profiles/pseudo-1", json={"status": word})
    assert vendor.register(exam_id) == {"status": refusal}
    assert vendor.http.get("/sandbox/attempts").json() == []


def test_onboarding_from_nothing_to_expired(vendor: Vendor) -> None:
    exam_id = vendor.exam()
    onboarding = vendor.exam(is_practice_exam=True, exam_name="Onboarding")
    attempt_id = vendor.register(onboarding, is_sample_attempt=True)["id"]
    assert vendor.register(exam_id) == {"status": "onboarding_missing"}
    vendor.http.post(f"/sandbox/attempts/{attempt_id}/room-scan")
    vendor.patch(onboarding, attempt_id, "started")
    vendor.patch(onboarding, attempt_id, "submitted")
    assert vendor.register(exam_id) == {"status": "onboarding_pending"}
    review = f"/sandbox/attempts/{attempt_id}/review"
    vendor.http.post(review, json={"status": "suspicious"})
    assert vendor.register(exam_id) == {"status": "onboarding_failed"}
    vendor.http.post(review, json={"status": "not_reviewed"})
    assert vendor.register(exam_id) == {"status": "onboarding_failed"}
    vendor.http.post(review, json={"status": "passed"})
    assert set(vendor.register(exam_id)) == {"id"}
    vendor.now += timedelta(days=365)
    vendor.http.headers["Authorization"] = f"JWT {vendor.token()}"
    assert vendor.register(exam_id) == {"status": "onboarding_expired"}
    # A new hand-in waits for review again.
    again = vendor.register(onboarding, is_sample_attempt=True)["id"]
    vendor.patch(onboarding, again, "submitted")
    assert vendor.register(exam_id) == {"status": "onboarding_pending"}


def test_start_only_when_ready(vendor: Vendor) -> None:
    exam_id = vendor.exam()
    attempt_id = vendor.session(exam_id)
    path = f"/api/v1/exam/{exam_id}/attempt/{attempt_id}/"
    assert vendor.patch(exam_id, attempt_id, "started").status_code == 409
    assert vendor.http.get(path).json()["status"] == "created"
    vendor.http.post(f"/sandbox/attempts/{attempt_id}/room-scan")
    german = vendor.http.get(path, headers={"Accept-Language": "de"}).json()
    assert german["status"] == "ready"
    assert "Raum" in german["instructions"][-1]
    assert vendor.patch(exam_id, attempt_id, "started").json() == {"status": "started"}
    assert vendor.patch(exam_id, attempt_id, "started").json() == {"status": "started"}
    assert vendor.patch(exam_id, attempt_id, "submitted").json() == {"status": "submitted"}
    assert vendor.patch(exam_id, attempt_id, "started").json() == {"status": "submitted"}
    assert vendor.patch(exam_id, attempt_id, "finished").status_code == 422
    assert vendor.http.delete(path).json() == {"status": "deleted"}
    assert vendor.http.delete(path).status_code == 404


# people


def test_retirement_erases_everything(vendor: Vendor) -> None:
    vendor.session(vendor.exam())
    assert vendor.http.delete("/api/v1/user/pseudo-1/").json() is True
    assert vendor.http.delete("/api/v1/user/pseudo-1/").json() is False
    assert vendor.http.get("/sandbox/attempts").json() == []
    assert "pseudo-1" not in vendor.http.get(f"/api/v1/courses/{COURSE}/onboarding_statuses").text


def test_onboarding_statuses_of_one_and_of_pages(vendor: Vendor) -> None:
    exam_id = vendor.exam()
    for number in range(5):
        vendor.register(exam_id, f"pseudo-{number}")
    vendor.approve("pseudo-0", expiration_date="2027-01-01T00:00:00Z")
    vendor.http.post("/sandbox/profiles/pseudo-1", json={"status": "approved-in-different-course"})
    path = f"/api/v1/courses/{COURSE}/onboarding_statuses"
    assert vendor.http.get(path, params={"user_id": "pseudo-0"}).json() == {
        "user_id": "pseudo-0",
        "status": "approved-in-course",
        "expiration_date": "2027-01-01T00:00:00+00:00",
    }
    seen: list[str] = []
    url: str | None = f"{path}?page_size=2"
    while url is not None:
        page = vendor.http.get(url.removeprefix("https://vendor.example")).json()
        assert (page["count"], page["num_pages"]) == (5, 3)
        seen += [row["user_id"] for row in page["results"]]
        url = page["next"]
    assert seen == [f"pseudo-{number}" for number in range(5)]
    assert page["previous"] is not None
    other = {"status": "approved-in-different-course"}
    filtered = vendor.http.get(path, params=other).json()
    assert [row["user_id"] for row in filtered["results"]] == ["pseudo-1"]
    assert (filtered["next"], filtered["previous"]) == (None, None)
    assert vendor.http.get(path, params={"page": 9}).status_code == 404
    assert vendor.http.get(path, params={"page": 0}).status_code == 422
    assert vendor.http.get(path, params={"status": "verified"}).status_code == 422
    old_style = vendor.http.get("/api/v1/courses/Uni%2FExam%2F1/onboarding_statuses")
    assert old_style.json()["results"] == []


# faults


def test_outage_hits_api_and_token_and_ends_by_itself(vendor: Vendor) -> None:
    vendor.http.post("/sandbox/faults", json={"down_for_s": 30})
    assert vendor.http.get("/api/v1/config/").status_code == 503
    assert vendor.http.post("/edx/oauth2/access_token", data=TOKEN_FORM).status_code == 503
    vendor.now += timedelta(seconds=30)
    assert vendor.http.get("/api/v1/config/").status_code == 200
    vendor.http.post("/sandbox/faults", json={"down": True})
    vendor.now += timedelta(seconds=600)
    assert vendor.http.get("/api/v1/config/").status_code == 503
    assert vendor.http.delete("/sandbox/faults").json()["down"] is False
    assert vendor.http.get("/api/v1/config/").status_code == 200


def test_counted_faults_strike_and_end(vendor: Vendor) -> None:
    faults = {"status": {"code": 429, "count": 2}, "error_page": 1, "slow_ms": 1500}
    vendor.http.post("/sandbox/faults", json=faults)
    answers = [vendor.http.get("/api/v1/config/") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 500, 200]
    assert answers[2].headers["content-type"].startswith("text/html")
    assert vendor.slept == [1.5] * 4
    assert vendor.http.post("/sandbox/faults", json={"melt": 1}).status_code == 422


def test_answers_without_id_and_with_a_used_id(vendor: Vendor) -> None:
    exam_id = vendor.exam()
    vendor.approve()
    vendor.http.post("/sandbox/faults", json={"answer_without_id": 1, "id_reuse": 1})
    assert vendor.register(exam_id) == {}
    first = vendor.register(exam_id)["id"]
    assert vendor.register(exam_id)["id"] == first
    assert vendor.register(exam_id)["id"] != first
    vendor.http.post("/sandbox/faults", json={"exam_without_id": 1})
    assert vendor.http.post("/api/v1/exam/", json=exam_body()).json() == {}


def test_update_that_answers_a_new_id(vendor: Vendor) -> None:
    exam_id = vendor.exam()
    attempt_id = vendor.session(exam_id)
    vendor.http.post("/sandbox/faults", json={"exam_new_id": 1})
    new = vendor.http.post(f"/api/v1/exam/{exam_id}/", json=exam_body()).json()["id"]
    assert new != exam_id
    for known in (exam_id, new):
        assert vendor.http.get(f"/api/v1/exam/{known}/attempt/{attempt_id}/").status_code == 200
    assert vendor.open(exam_id=exam_id).endswith(f"/exams/{new}")


# settings


def test_settings_from_options_environment_and_defaults() -> None:
    env = {"PROCTORTRACK_SANDBOX_CLIENT_ID": "env", "PROCTORTRACK_SANDBOX_TOKEN_LIFETIME_S": "60"}
    settings = settings_from({"client-id": "option"}, env, public_url="http://127.0.0.1:1")
    assert (settings.client_id, settings.token_lifetime_s) == ("option", 60)
    assert settings.public_url == "http://127.0.0.1:1"
    assert settings.hub_url is None
    for bad in ({"colour": "red"}, {"token_lifetime_s": "soon"}, {"client_secret": ""}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            settings_from(bad, {}, public_url="http://127.0.0.1:1")
