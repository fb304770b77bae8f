"""From whom an e-mail comes, and whom it says to ask: every vendor and course situation (§9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from proctor_hub.domain.words import AttemptStatus
from proctor_hub.jobs.mail.compose import Mailbox
from proctor_hub.jobs.mail.mailer import Site, sender_for
from proctor_hub.services.contacts import Contact, contact_for
from proctor_hub.storage.courses import Course
from proctor_hub.vendors.registry import Registry
from proctor_hub.vendors.subjects import VendorDescription
from tests.jobs.mail.post import SITE, a_post
from tests.jobs.mail.sink import Sink
from tests.services.attempts.world import COURSE
from tests.support import START, make_registry

S = AttemptStatus
VENDOR = VendorDescription(
    name="Acme, Inc.",
    capabilities=frozenset(),
    exam_types=frozenset(),
    support_email="support@acme.example",
    support_phone="+44 20 7946 0000",
    support_url="https://acme.example/help",
    notification_email="notify@acme.example",
)
BARE = VendorDescription(name="Bare", capabilities=frozenset(), exam_types=frozenset())
ACME = Mailbox(address="notify@acme.example", name="Acme, Inc.")


def course(email: str = "") -> Course:
    return Course(
        id=1, course_id="c", title="", proctoring_enabled=True, vendor="acme", allow_opt_out=False,
        escalation_email=email, starts_at=None, ends_at=None, declined_exam_timed=False,
        decline_cascades=True, created_at=START, version=1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("vendor", "allowed", "sender"),
    [
        (VENDOR, {"acme.example"}, ACME),
        (VENDOR, {"notify@acme.example"}, ACME),
        (VENDOR, set(), SITE.sender),
        (VENDOR, {"example"}, SITE.sender),
        (BARE, {"acme.example"}, SITE.sender),
        (replace(VENDOR, notification_email="no address"), {"acme.example"}, SITE.sender),
        (None, {"acme.example"}, SITE.sender),
    ],
)
def test_from_whom(vendor: VendorDescription | None, allowed: set[str], sender: Mailbox) -> None:
    assert sender_for(vendor, replace(SITE, may_send_as=frozenset(allowed))) == sender


EVERYTHING = Contact(
    email="support@acme.example", phone="+44 20 7946 0000", url="https://acme.example/help"
)


@pytest.mark.parametrize(
    ("email", "vendor", "site", "contact"),
    [
        ("team@uni.example", VENDOR, SITE, Contact(email="team@uni.example")),
        ("", VENDOR, SITE, EVERYTHING),
        ("no address", VENDOR, SITE, EVERYTHING),
        ("", replace(VENDOR, support_email=""), SITE, replace(EVERYTHING, email="")),
        (
            "",
            replace(VENDOR, support_url="javascript:alert(1)", support_phone=""),
            SITE,
            Contact(email="support@acme.example"),
        ),
        ("", BARE, SITE, Contact(email="help@site.example")),
        ("", None, SITE, Contact(email="help@site.example")),
        ("", None, replace(SITE, contact=""), Contact()),
    ],
)
def test_whom_to_ask(
    email: str, vendor: VendorDescription | None, site: Site, contact: Contact
) -> None:
    assert contact_for(course(email), vendor, site.contact) == contact


def accounts(situation: str) -> Registry:
    """The vendors as a later start of the hub finds them."""
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
        "whole": {"acme": {}},
        "broken": {"acme": {"plugin": "gone"}},
        "removed": {},
    }
    return make_registry(tables[situation])


@pytest.mark.parametrize(
    ("situation", "escalation", "sender", "asked"),
    [
        ("whole", "", "proctoring@acme.example", "support@acme.example"),
        ("whole", "team@uni.example", "proctoring@acme.example", "team@uni.example"),
        ("broken", "", "exams@site.example", "help@site.example"),
        ("broken", "team@uni.example", "exams@site.example", "team@uni.example"),
        ("removed", "", "exams@site.example", "help@site.example"),
    ],
)
def test_every_vendor_situation_sends_every_mail(
    database_url: str, sink: Sink, situation: str, escalation: str, sender: str, asked: str
) -> None:
    site = replace(SITE, may_send_as=frozenset({"acme.example"}))
    with a_post(database_url, sink, site) as post:
        world = post.world
        world.set_course(COURSE, title="<script>Law</script>\r\nX: y", escalation_email=escalation)
        world.attempt(S.REJECTED)
        world.attempt(S.VERIFIED, user_id="bob")
        post.restart(vendors=accounts(situation))
        assert sorted(post.go()) == ["satisfactory", "submitted", "submitted", "unsatisfactory"]
        for mail in sink.mails:
            assert [a.addr_spec for a in mail["From"].addresses] == [sender]
            assert mail["Reply-To"] == asked and mail["X"] is None
            text, html = (part.get_content() for part in mail.iter_parts())
            assert asked in text and asked in html
            assert "<script>Law</script> X: y" in text and "<script>" not in html
            other = sender != "exams@site.example"
            assert (mail["Sender"] == "Example University <exams@site.example>") is other
        assert {mail_from for mail_from, _ in sink.envelopes} == {"exams@site.example"}
