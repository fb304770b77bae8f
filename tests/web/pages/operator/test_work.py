"""What operators do in their pages: people, clients, callbacks, deliveries, retirements."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from proctor_hub.domain.words import Role
from proctor_hub.services import retirement_ledger
from proctor_hub.services.access import clients
from proctor_hub.storage import people as people_store
from proctor_hub.testing.fake_vendor import reviewed_path
from tests.support import OPERATOR, fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site


@pytest.fixture
def oli(site: Site) -> Visitor:
    """An operator in the room; a course with a learner."""
    site.course()
    site.person("ann", course_id=COURSE)
    site.staff("oli", Role.OPERATOR)
    visitor = Visitor(site)
    visitor.open("oli", "operator")
    return visitor


def test_a_callback_without_effect_is_taken_again(oli: Visitor) -> None:
    site = oli.site
    body = b'{"status": "passed", "video_url": "https://video.example/secret"}'
    refused = site.callback(reviewed_path("nobodys"), body)
    assert refused.status_code == 404, refused.text
    listed = oli.get("/operator/callbacks?show=unmatched")
    number = re.search(r"/operator/callbacks/(\d+)\"", listed.text)
    assert number, listed.text
    shown = oli.get(f"/operator/callbacks/{number[1]}")
    assert "secret" not in shown.text.replace("secrets", "")
    again = oli.post(f"/operator/callbacks/{number[1]}/replay")
    assert again.status_code == 200 and "taken again" in again.text
    many = oli.post("/operator/callbacks/replay?outcome=unmatched")
    assert many.status_code == 200 and "were taken again" in many.text


def test_one_in_quarantine_needs_a_reason(oli: Visitor) -> None:
    site = oli.site
    site.callback(reviewed_path("x"), b"{}", who=None)
    listed = oli.get("/operator/callbacks")
    number = re.search(r"/operator/callbacks/(\d+)\"", listed.text)
    assert number, listed.text
    path = f"/operator/callbacks/{number[1]}"
    assert "Nobody proved" in oli.get(path).text
    assert oli.post(path + "/replay", vendor="acme").status_code == 422
    done = oli.post(path + "/replay", vendor="acme", reason="the vendor told us on the phone")
    assert done.status_code == 200
    assert "the vendor told us on the phone" in done.text


def test_a_person_is_found_by_id_username_and_email_and_nowhere_in_an_address(
    oli: Visitor,
) -> None:
    for wanted in ("ann", "ANN@x.test"):
        found = oli.post("/operator/people", who=wanted)
        assert "/operator/people/ann" in found.text
        assert wanted not in str(found.url)
    assert "Nobody" in oli.post("/operator/people", who="an").text


def test_roles_are_granted_and_taken_back_after_a_question(oli: Visitor) -> None:
    asked = oli.get("/operator/people/ann/grant-support")
    assert "decide what is theirs" in asked.text
    granted = oli.post("/operator/people/ann/grant-support")
    assert "The role is granted" in granted.text
    assert "grant-support" not in granted.text and "revoke-support" in granted.text
    taken = oli.post("/operator/people/ann/revoke-support")
    assert "taken back" in taken.text
    assert oli.get("/operator/people/ann/no-such-thing").status_code == 404
    assert oli.get("/operator/people/nobody").status_code == 404


def test_the_sign_ins_of_a_person_end(oli: Visitor) -> None:
    ann = Visitor(oli.site)
    ann.open("ann")
    assert ann.get("/").status_code != 401
    assert "is over" in oli.post("/operator/people/ann/sign-out").text
    assert ann.get("/").status_code == 401


def test_a_clients_secret_is_shown_once(oli: Visitor) -> None:
    made = oli.post("/operator/clients", kind="lms", name="campus")
    assert made.headers["cache-control"] == "no-store"
    client_id = re.search(r'id="client-id"[^>]*>([^<]+)', made.text)
    secret = re.search(r'id="client-secret"[^>]*>([^<]+)', made.text)
    assert client_id and secret, made.text
    hub = oli.site.hub
    assert clients.authenticate(hub, client_id[1], secret[1])
    assert secret[1] not in oli.get("/operator/clients").text
    path = f"/operator/clients/{client_id[1]}"
    assert oli.get(path + "/rotate").status_code == 200
    assert oli.post(path + "/rotate", hours="7").status_code == 422
    assert "client-secret" in oli.post(path + "/rotate", hours="0").text
    assert clients.authenticate(hub, client_id[1], secret[1]) is None
    assert "for good" in oli.get(path + "/revoke").text
    assert "revoked" in oli.post(path + "/revoke").text
    assert oli.get(path + "/revoke").status_code == 404
    assert oli.post("/operator/clients", kind="wizard").status_code == 422


def test_a_learner_is_retired_after_typing_the_id(oli: Visitor) -> None:
    site = oli.site
    site.taken(site.exam(), "ann")
    asked = oli.post("/operator/retirements", user_id="ann")
    assert "cannot be undone" in asked.text
    wrong = oli.post("/operator/retirements/now", user_id="ann", typed="Ann")
    assert wrong.status_code == 422
    with site.hub.database.read() as conn:
        assert people_store.by_user_id(conn, "ann") is not None
    done = oli.post("/operator/retirements/now", user_id="ann", typed="ann")
    assert done.status_code == 200 and "ann" not in str(done.url)
    with site.hub.database.read() as conn:
        assert people_store.by_user_id(conn, "ann") is None
    one = retirement_ledger.list_retirements(site.hub, OPERATOR).items[0]
    path = f"/operator/retirements/{quote(one.retired_id, safe=':')}"
    assert "Open" in oli.get("/operator/retirements").text
    assert oli.get(path + "/confirm/nobody").status_code == 404
    assert oli.get(path + "/confirm/acme").status_code == 200
    assert oli.post(path + "/confirm/acme", note="").status_code == 422
    confirmed = oli.post(path + "/confirm/acme", note="by their letter")
    assert "Complete" in confirmed.text and "by their letter" in confirmed.text


def test_a_vendor_is_tested_only_when_asked(oli: Visitor) -> None:
    before = fake_vendor(oli.site.hub)
    shown = oli.get("/operator/vendors/acme")
    assert "None of the last 0 callbacks" in shown.text
    oli.site.callback(reviewed_path("nobodys"), b"{}")
    assert "/operator/callbacks/" in oli.get("/operator/vendors/acme").text
    assert "Acme Proctoring" in shown.text and "/callbacks/acme" in shown.text
    tested = oli.post("/operator/vendors/acme/test")
    assert "The vendor answers" in tested.text
    before.fail_with = RuntimeError("the cable is out")
    assert "does not answer as it should" in oli.post("/operator/vendors/acme/test").text
    assert oli.get("/operator/vendors/nobody").status_code == 404


def test_what_was_done_is_in_the_audit_log(oli: Visitor) -> None:
    oli.post("/operator/people/ann/grant-support")
    assert "staff.granted" in oli.get("/operator/audit").text
    of_course = oli.get("/operator/audit?course=" + quote(COURSE)).text
    assert "staff.granted" not in of_course and "course.created" in of_course
