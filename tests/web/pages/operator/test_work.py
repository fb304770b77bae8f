"""What operators do in their pages: people, clients, callbacks, deliveries, retirements."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import Role
from proctor_hub.jobs.overview import look
from proctor_hub.services import paging, retirement_ledger, vendor_report
from proctor_hub.services.access import clients
from proctor_hub.services.audit import list_audit
from proctor_hub.services.callbacks.outcomes import EFFECTIVE, REPLAYABLE
from proctor_hub.storage import audit as audit_store
from proctor_hub.storage import people as people_store
from proctor_hub.storage.tables import outbox
from proctor_hub.testing.fake_vendor import reviewed_path
from proctor_hub.vendors.quality import Quality, Tier
from proctor_hub.web.pages.operator import badges
from proctor_hub.web.pages.operator.audit_words import ACTIONS
from tests.plans import walked_in, watching
from tests.support import OPERATOR, START, fake_vendor
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, Site, a_site


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
    assert "It has not called yet" in shown.text and "No delivery to it has failed" in shown.text
    oli.site.callback(reviewed_path("nobodys"), b"{}")
    assert "/operator/callbacks/" in oli.get("/operator/vendors/acme").text
    assert "Acme Proctoring" in shown.text and "/callbacks/acme" in shown.text
    assert "none: no plugin of this name is installed" in shown.text
    assert "none: no plugin of this name is installed" in oli.get("/operator/vendors").text
    tested = oli.post("/operator/vendors/acme/test")
    assert "The vendor answers" in tested.text
    before.fail_with = RuntimeError("the cable is out")
    assert "does not answer as it should" in oli.post("/operator/vendors/acme/test").text
    assert oli.get("/operator/vendors/nobody").status_code == 404


def test_a_vendors_page_says_from_which_checks_it_is_exempted_and_why(
    oli: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = Quality(tier=Tier.GOLD, exempted={"callbacks-signed": "it has <no> key"})
    assert "exempted" not in oli.get("/operator/vendors/acme").text
    monkeypatch.setattr(vendor_report, "quality_named", lambda plugin: known)
    shown = oli.get("/operator/vendors/acme").text
    assert "gold (exempted: callbacks-signed)" in shown
    assert "<code>callbacks-signed</code>: it has &lt;no&gt; key" in shown


def test_a_vendor_page_shows_its_own_callbacks_and_what_it_did_not_take(database_url: str) -> None:
    with a_site(database_url, vendors={"acme": {}, "zenith": {}}) as site:
        site.course()
        site.person("ann", course_id=COURSE)
        site.staff("oli", Role.OPERATOR)
        code = site.taken(site.exam(), "ann")
        site.callback(reviewed_path("nobodys"), b"{}")
        oli = Visitor(site)
        oli.open("oli", "operator")
        why = "Field required"
        assert why in oli.get("/operator/vendors/acme").text
        other = oli.get("/operator/vendors/zenith").text
        assert "It has not called yet" in other and why not in other
        listed = oli.get("/operator/callbacks?vendor=acme").text
        assert "All of the vendor account acme" in listed and why in listed
        assert why not in oli.get("/operator/callbacks?vendor=zenith").text
        site.hub.database.write(lambda conn: _in_vain(conn, "vendor:acme"))
        with watching() as seen:
            shown = oli.get("/operator/vendors/acme").text
        assert "the line is dead" in shown and code
        plans = list(seen.plans(site.hub.database, large=True))
        for table in ("callbacks", "outbox"):
            assert not [text for text in plans if table in walked_in(site.hub.database, text)]


def _in_vain(conn: sa.Connection, destination: str) -> None:
    """As a relay leaves what it could not deliver."""
    values = {"tries": 3, "last_error": "the line is dead", "next_try_at": START}
    done = conn.execute(outbox.update().where(outbox.c.destination == destination).values(values))
    assert done.rowcount


def test_open_retirements_are_counted_and_listed_alone(oli: Visitor) -> None:
    site = oli.site
    site.person("bob", course_id=COURSE)
    site.taken(site.exam(), "ann")
    for user_id in ("ann", "bob"):  # no vendor knew bob
        oli.post("/operator/retirements/now", user_id=user_id, typed=user_id)
    every = oli.get("/operator/retirements").text
    alone = oli.get("/operator/retirements?show=open").text
    assert (every.count("/retirements/retired-"), alone.count("/retirements/retired-")) == (2, 1)
    assert look(site.hub).open_retirements == 1
    one = retirement_ledger.list_retirements(site.hub, OPERATOR, only_open=True).items[0]
    path = f"/operator/retirements/{quote(one.retired_id, safe=':')}"
    again = oli.post("/operator/retirements", user_id="ann")
    assert "was retired before" in again.text and str(again.url).split("?")[0].endswith(path)
    oli.post(path + "/confirm/acme", note="by their letter")
    assert "None is open" in oli.get("/operator/retirements?show=open").text
    assert look(site.hub).open_retirements == 0


def test_the_audit_log_is_searched(oli: Visitor) -> None:
    oli.post("/operator/people/ann/grant-support")
    oli.post("/operator/vendors/acme/test")
    code = oli.site.attempt(oli.site.exam(), "ann")["code"]

    lines = list_audit(oli.site.hub, OPERATOR, by="oli").items
    assert [(one.action, one.role) for one in lines] == [
        ("vendor.tested", Role.OPERATOR),
        ("staff.granted", Role.OPERATOR),
    ]

    def found(**asked: str) -> str:
        text = oli.post("/operator/audit/find", **asked).text
        return text[text.index("</form>", text.index('name="subject"')) :]

    assert all(word in found() for word in ("staff.granted", "course.created", "vendor.tested"))
    assert "staff.granted" not in found(course=COURSE) and "course.created" in found(course=COURSE)
    assert "/operator/people/ann" in found(action="staff.granted", by="oli", subject="ann")
    assert "/operator/vendors/acme" in found(subject="acme")
    assert "Nothing is on record" in found(action="staff.granted", by="sue")
    assert "Nothing is on record" in found(since="2199-01-01T00:00")
    assert "Nothing is on record" in found(until="1999-01-01T00:00")
    assert "No course has the id nothing" in found(course="nothing")
    assert oli.get("/operator/audit?since=tomorrow").status_code == 422
    assert oli.get("/operator/audit?action=no.such").status_code == 422
    assert f"/operator/audit/attempts/{code}" in found(subject=code)
    history = oli.get(f"/operator/audit/attempts/{code}")
    assert history.status_code == 200 and "Created" in history.text
    assert oli.get("/operator/audit/attempts/nothing").status_code == 404


def test_lists_bear_fields_left_empty_and_pages_that_are_empty(oli: Visitor) -> None:
    for query in ("deliveries?state=&destination=&attempt=", "jobs?status=", "jobs?status=lost",
                  "audit?by=&action=&subject=&course=&since=&until="):  # fmt: skip
        assert oli.get(f"/operator/{query}").status_code == 200, query
    last = oli.get("/operator/callbacks?cursor=" + paging.encode([1]))
    assert "First page" in last.text


def test_german_says_of_work_what_it_means_there(oli: Visitor) -> None:
    """A job is not failed as a learner is, and a status is no point in time."""
    german = {"accept-language": "de"}
    jobs = oli.get("/operator/jobs", **german).text
    assert "Fehlgeschlagen" in jobs and "Nicht bestanden" not in jobs
    code = oli.site.attempt(oli.site.exam(), "ann")["code"]
    history = oli.get(f"/operator/audit/attempts/{code}", **german).text
    assert "Neuer Status" in history and ">Bis<" not in history


def test_every_action_has_a_name() -> None:
    assert tuple(ACTIONS) == audit_store.ACTIONS


def test_every_outcome_of_a_callback_has_a_word() -> None:
    for code in EFFECTIVE | REPLAYABLE:
        assert badges.outcome(code).word != code
