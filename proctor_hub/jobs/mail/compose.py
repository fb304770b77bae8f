"""An e-mail as it goes over the wire: headers that nobody's name can add to, text and HTML."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from proctor_hub.jobs.mail.templates import Text
from proctor_hub.services.addresses import domain_of, one_line

KIND_HEADER = "Proctor-Hub-Mail"
"""Says which e-mail it is, in every language the same; for filters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Somebody's address, with the name shown beside it."""

    address: str
    name: str = ""

    def header(self) -> Address:
        """As it stands in a header; the name cannot add another one."""
        # By its parts: an addr_spec with letters beyond ASCII would be refused.
        local, _, domain = self.address.rpartition("@")
        return Address(display_name=one_line(self.name), username=local, domain=domain)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Everything but the words.

    :param message_id: without brackets; the same each time this e-mail is sent.
    :param reply_to: empty: answers go to ``sender``.
    :param agent: the site's own address, named where ``sender`` is somebody else's.
    """

    kind: str
    sender: Mailbox
    to: Mailbox
    agent: Mailbox
    reply_to: str
    message_id: str
    date: datetime


def may_send_as(address: str, allowed: Collection[str]) -> bool:
    """Whether one of these is the address itself or its domain; a domain's subdomains are not."""
    wanted = {address.lower(), domain_of(address)}
    return any(entry.lower() in wanted for entry in allowed)


def compose(heading: Heading, text: Text) -> EmailMessage:
    """The e-mail, ready to be sent."""
    message = EmailMessage(policy=SMTP)
    message["From"] = heading.sender.header()
    if heading.sender.address != heading.agent.address:
        message["Sender"] = heading.agent.header()
    message["To"] = heading.to.header()
    if heading.reply_to:
        message["Reply-To"] = Mailbox(address=heading.reply_to).header()
    message["Subject"] = one_line(text.subject)
    message["Date"] = format_datetime(heading.date)
    message["Message-ID"] = f"<{heading.message_id}>"
    message["Auto-Submitted"] = "auto-generated"
    message[KIND_HEADER] = heading.kind
    message.set_content(text.text, cte="quoted-printable")
    message.add_alternative(text.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = text.language  # last: set_content takes such headers away
    return message
