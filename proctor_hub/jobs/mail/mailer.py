"""The e-mail of one outbox row: to whom, from whom, whether at all (domain §9)."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import urlsplit

import structlog

from proctor_hub.domain.effects import MailKind
from proctor_hub.domain.words import ExamType
from proctor_hub.errors import PluginError
from proctor_hub.jobs.delivery import DeliveryFailed
from proctor_hub.jobs.mail.compose import Heading, Mailbox, compose, may_send_as
from proctor_hub.jobs.mail.sender import SmtpSender
from proctor_hub.jobs.mail.templates import TEST, Templates, Values, one_line_values
from proctor_hub.services.addresses import host_literal, usable
from proctor_hub.services.contacts import Contact, contact_for
from proctor_hub.services.hub import Hub
from proctor_hub.storage import attempts, courses, people
from proctor_hub.storage.courses import Course
from proctor_hub.storage.outbox import OutboxRow
from proctor_hub.storage.people import Person
from proctor_hub.storage.records import AttemptRecord
from proctor_hub.vendors.subjects import VendorDescription

_log = structlog.get_logger("proctor_hub.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Who the site is to its learners.

    :param sender: the site's own address. :param may_send_as: domains and addresses of others
        from whom its server may send. :param contact: an e-mail address; may be empty.
    :param language: for learners of whom the LMS told none.
    """

    sender: Mailbox
    may_send_as: frozenset[str] = frozenset()
    contact: str = ""
    language: str = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Letter:
    record: AttemptRecord
    person: Person
    course: Course
    address: str


class Mailer:
    """Writes to learners; safe to use from several threads."""

    def __init__(self, hub: Hub, sender: SmtpSender, templates: Templates, site: Site) -> None:
        """``hub``: attempts, people and courses are read anew for each e-mail."""
        self._hub = hub
        self._sender = sender
        self._templates = templates
        self._site = site
        self._host = host_literal(urlsplit(hub.public_url).hostname or "localhost")

    def deliver(self, row: OutboxRow) -> None:
        """Send the e-mail of a row, or find that none is to be sent (any more), which is logged.

        Sent again, it has the same Message-ID.

        :raises DeliveryFailed: the server did not take it, or this version knows no such e-mail.
        """
        if row.kind not in list(MailKind):
            raise DeliveryFailed(f"this version knows no e-mail {row.kind!r}; upgrade this process")
        found = self._read(row.attempt_pk)
        if isinstance(found, str):
            _log.info("mail_not_sent", kind=row.kind, event_id=row.event_id, reason=found)
            return
        message = self._compose(row, found)
        self._sender.send(message, envelope_from=self._site.sender.address, to=found.address)
        _log.info("mail_sent", kind=row.kind, event_id=row.event_id, attempt=found.record.code)

    def send_test(self, address: str, *, event_id: str, language: str = "") -> str:
        """Send an e-mail about nothing to an address; return the language it is in.

        :raises ValueError: no such address can be written to. :raises DeliveryFailed: not taken.
        """
        to = usable(address)
        if to is None:
            raise ValueError("is not an e-mail address that can be written to")
        contact = Contact(email=usable(self._site.contact) or "")
        text = self._templates.render(TEST, _values(contact), [language, self._site.language])
        heading = self._heading(TEST, event_id, Mailbox(address=to), self._site.sender, contact)
        message = compose(heading, text)
        self._sender.send(message, envelope_from=self._site.sender.address, to=to)
        return text.language

    def close(self) -> None:
        """End what is kept open to the server; after the last mail."""
        self._sender.close()

    def _read(self, attempt_pk: int | None) -> _Letter | str:
        """All the e-mail needs, as it is now; or why none is sent."""
        with self._hub.database.read() as conn:
            record = attempts.by_id(conn, attempt_pk) if attempt_pk is not None else None
            person = people.by_id(conn, record.person_pk) if record is not None else None
            course = courses.by_id(conn, record.course_pk) if record is not None else None
        if record is None or person is None or course is None:
            return "there is no such attempt"
        if person.retired_at is not None:
            return "the learner was retired"
        if not record.live:
            return "the attempt was archived"
        if record.exam_type is not ExamType.PROCTORED:
            return "the exam is not proctored"
        address = usable(person.email)
        if address is None:
            return "the learner has no e-mail address that can be written to"
        return _Letter(record=record, person=person, course=course, address=address)

    def _compose(self, row: OutboxRow, letter: _Letter) -> EmailMessage:
        vendor = self._description(letter.record.vendor)
        contact = contact_for(letter.course, vendor, self._site.contact)
        values = _values(
            contact,
            learner_name=letter.person.full_name or letter.person.username,
            exam_name=letter.record.exam_name,
            course_name=letter.course.title or letter.course.course_id,
            vendor_name=vendor.name if vendor else "",
        )
        languages = [letter.person.language, self._site.language]
        heading = self._heading(
            row.kind,
            row.event_id,
            Mailbox(address=letter.address, name=letter.person.full_name),
            sender_for(vendor, self._site),
            contact,
        )
        return compose(heading, self._templates.render(row.kind, values, languages))

    def _heading(
        self, kind: str, event_id: str, to: Mailbox, sender: Mailbox, contact: Contact
    ) -> Heading:
        return Heading(
            kind=kind,
            sender=sender,
            to=to,
            agent=self._site.sender,
            reply_to=contact.email,
            message_id=f"{event_id}@{self._host}",
            date=self._hub.now(),
        )

    def _description(self, slug: str | None) -> VendorDescription | None:
        """None where the account is gone or its plugin broken: the site speaks for itself then."""
        try:
            return None if slug is None else self._hub.vendors.get(slug).description
        except PluginError:
            return None


def sender_for(vendor: VendorDescription | None, site: Site) -> Mailbox:
    """The vendor's notification address where the site may send as it, else the site's own."""
    address = usable(vendor.notification_email) if vendor is not None else None
    if vendor is None or address is None or not may_send_as(address, site.may_send_as):
        return site.sender
    return Mailbox(address=address, name=vendor.name)


def _values(contact: Contact, **more: str) -> Values:
    given = {"contact_email": contact.email, "contact_phone": contact.phone}
    return one_line_values({**given, "contact_url": contact.url, **more})
