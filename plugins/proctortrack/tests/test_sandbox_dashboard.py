"""The Proctortrack sandbox's instructor dashboard: links, scopes, decisions, escaping."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from .sandbox_support import SETTINGS, Hub, Vendor, serving_hub


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with serving_hub() as server:
        yield server


# the dashboard


def test_dashboard_refuses_bad_links(vendor: Vendor) -> None:
    vendor.exam()
    now = int(vendor.now.timestamp())
    bad = {
        "expired": vendor.link(exp=now),
        "no expiry": vendor.link(exp=None),
        "too long": vendor.link(exp=now + 3600),
        "not signed": vendor.link(secret="another-secret-of-enough-length-000"),
        "issuer": vendor.link(iss="somebody"),
        "no jti": vendor.link(jti=None),
        "user": vendor.link(user=None),
        "email": vendor.link(user={"id": 1, "full_name": "Ina"}),
        "course_id": vendor.link(course_id=None),
        "without exam_id": vendor.link(attempt_id="x"),
        "unknown client": vendor.link().replace(SETTINGS.client_id, "other", 1),
    }
    for reason, url in bad.items():
        answer = vendor.http.get(url)
        assert answer.status_code == 403, reason
        assert reason in answer.text
    none = jwt.encode({"alg": "HS512"}, {"iss": "x"}, OctKey.import_key("k" * 64), ["HS512"])
    path = f"/launch/edx/instructor/{SETTINGS.client_id}/"
    for forged in (none, "a.b.c", "", "eyJhbGciOiJub25lIn0.e30."):
        assert vendor.http.get(path, params={"jwt": forged}).status_code == 403


def test_a_link_opens_once_and_its_session_ends(vendor: Vendor) -> None:
    vendor.exam()
    url = vendor.link()
    place = vendor.http.get(url).headers["location"]
    again = vendor.http.get(url)
    assert again.status_code == 403
    assert "used before" in again.text
    assert "Final" in vendor.http.get(place).text
    vendor.now += timedelta(seconds=SETTINGS.dashboard_lifetime_s)
    assert vendor.http.get(place).status_code == 403
    assert vendor.http.get("/dashboard/guess/").status_code == 403


def test_scopes_do_not_reach_further(vendor: Vendor) -> None:
    mine, other = vendor.exam(), vendor.exam(exam_name="Midterm")
    foreign = vendor.exam(course_id="course-v1:Other+X+1", exam_name="Foreign")
    first, second = vendor.submitted(mine), vendor.submitted(mine, "pseudo-2")
    elsewhere = vendor.submitted(foreign, "pseudo-3")

    course = vendor.open()
    page = vendor.http.get(course).text
    assert "Final" in page and "Midterm" in page and "Foreign" not in page
    assert vendor.http.get(f"{course}exams/{foreign}").status_code == 404
    assert vendor.http.get(f"{course}attempts/{elsewhere}").status_code == 404
    assert vendor.http.get(vendor.link(exam_id=foreign)).status_code == 404

    exam = vendor.open(exam_id=mine)
    assert exam.endswith(f"/exams/{mine}")
    root = exam.removesuffix(f"exams/{mine}")
    assert first in vendor.http.get(exam).text
    assert vendor.http.get(f"{root}exams/{other}").status_code == 404
    assert "Midterm" not in vendor.http.get(root).text

    attempt = vendor.open(exam_id=mine, attempt_id=first)
    root = attempt.removesuffix(f"attempts/{first}")
    assert vendor.http.get(attempt).status_code == 200
    assert vendor.http.get(f"{root}attempts/{second}").status_code == 404
    assert second not in vendor.http.get(f"{root}export.json").text
    assert vendor.http.get(f"{root}config").status_code == 403

    config = vendor.open(exam_id=mine, config=True)
    root = config.removesuffix("config")
    assert "Midterm" not in vendor.http.get(config).text
    assert vendor.http.get(f"{root}attempts/{first}").status_code == 403
    assert vendor.http.get(f"{root}export.csv").status_code == 403


def test_configuration_switches_rules(vendor: Vendor) -> None:
    exam_id = vendor.exam(rules={"allow_books": True})
    place = vendor.open(config=True)
    page = vendor.http.get(place).text
    assert "Allow books and written notes: on" in page
    assert "Prohibit copy and paste: off" in page
    save = f"{place.removesuffix('config')}exams/{exam_id}/rules"
    assert vendor.http.post(save, data={"no_copy_paste": "on"}).status_code == 303
    rules = vendor.http.get(f"/api/v1/exam/{exam_id}/").json()["rules"]
    assert [key for key, on in rules.items() if on] == ["no_copy_paste"]
    assert "Prohibit copy and paste: on" in vendor.http.get(place).text


def test_decisions_name_the_person_and_repeat_bytes(hub: Hub) -> None:
    vendor = Vendor(lms_host=hub.base)
    exam_id = vendor.exam()
    attempt_id = vendor.submitted(exam_id)
    incident = {"comment": "<b>phone</b>", "status": "Suspicious", "start": 3725, "stop": "x"}
    review = {"status": "suspicious", "comments": [incident]}
    vendor.http.post(f"/sandbox/attempts/{attempt_id}/review", json=review)
    place = vendor.open(exam_id=exam_id, attempt_id=attempt_id)
    for verdict in ("fail", "pass", "fail"):
        answer = vendor.http.post(f"{place}/decision", data={"verdict": verdict})
        assert answer.status_code == 303
        assert "it answered 200" in vendor.http.get(answer.headers["location"]).text
    sent = [body for path, body in hub.calls if path.endswith("/reviewed")][1:]
    assert [body["status"] for body in sent] == ["suspicious", "passed", "suspicious"]
    assert sent[0] == sent[2]
    assert all(body["reviewed_by"] == "ina@uni.example" for body in sent)
    assert all(body["comments"] == [incident] for body in sent)
    assert vendor.http.post(f"{place}/decision", data={"verdict": "maybe"}).status_code == 422
    violations = vendor.http.get(place, params={"tab": "violations"}).text
    assert "1:02:05" in violations
    assert "&lt;b&gt;phone" in violations and "<b>phone" not in violations
    for tab, text in (("video", "Recorded"), ("scans", "scanned at"), ("onboarding", "approved")):
        assert text in vendor.http.get(place, params={"tab": tab}).text


def test_no_decision_before_the_hand_in(vendor: Vendor) -> None:
    exam_id = vendor.exam()
    attempt_id = vendor.session(exam_id)
    place = vendor.open(exam_id=exam_id, attempt_id=attempt_id)
    assert vendor.http.post(f"{place}/decision", data={"verdict": "pass"}).status_code == 409


def test_export_data(vendor: Vendor) -> None:
    exam_id = vendor.exam(exam_name="=cmd()")
    first, second = vendor.submitted(exam_id), vendor.submitted(exam_id, "pseudo-2")
    root = vendor.open()
    answer = vendor.http.get(f"{root}export.csv")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["attempt_id"] for row in rows] == [first, second]
    assert rows[0]["exam"] == "'=cmd()"
    exported = vendor.http.get(f"{root}export.json", params={"attempt_id": second}).json()
    assert [row["user_id"] for row in exported] == ["pseudo-2"]


def test_hostile_names_are_escaped_everywhere(vendor: Vendor) -> None:
    hostile = "<script src=x>\"'"
    exam_id = vendor.exam(exam_name=hostile)
    vendor.approve(hostile)
    vendor.register(exam_id, hostile, full_name=hostile, email=hostile, review_policy=hostile)
    attempt_id = vendor.http.get("/sandbox/attempts").json()[0]["external_id"]
    root = vendor.open()
    config = vendor.open(config=True)
    places = ["/", root, f"{root}exams/{exam_id}", f"{root}attempts/{attempt_id}", config]
    for place in places:
        page = vendor.http.get(place)
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "&lt;script src=x&gt;" in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
    missing = vendor.http.get(f"{root}exams/<script>")
    assert missing.status_code == 404
    assert "<script" not in missing.text
