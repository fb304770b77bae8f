"""A world whose learners are written to, by the real relay over a real connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any

from proctor_hub.jobs.mail.compose import Mailbox
from proctor_hub.jobs.mail.connection import MailServer
from proctor_hub.jobs.mail.mailer import Mailer, Site
from proctor_hub.jobs.mail.sender import SmtpSender
from proctor_hub.jobs.mail.templates import Templates
from proctor_hub.jobs.relay import Relay
from proctor_hub.services.hub import Hub
from proctor_hub.services.transitions import MAIL
from proctor_hub.storage import tables as t
from proctor_hub.storage.outbox import OutboxRow
from tests.jobs.mail.sink import Sink
from tests.services.attempts.world import World, a_world, with_hub

SITE = Site(
    sender=Mailbox(address="exams@site.example", name="Example University"),
    contact="help@site.example",
)


class Post:
    """A world, its mailer, and the sink where its e-mails arrive."""

    def __init__(self, world: World, sink: Sink, site: Site) -> None:
        self.world = world
        self.sink = sink
        self.site = site
        self.mailer = a_mailer(world.hub, sink, site)

    def restart(self, **changes: Any) -> None:
        """Let the e-mails be sent by a hub that has other parts, as after a restart."""
        self.mailer.close()
        self.world.hub = with_hub(self.world, **changes)
        self.mailer = a_mailer(self.world.hub, self.sink, self.site)

    def rows(self) -> list[Any]:
        """The outbox's rows for e-mails, in order."""
        return self.world.rows(t.outbox, t.outbox.c.destination == "mail")

    def waiting(self) -> list[OutboxRow]:
        """Those not delivered, as a relay holds them in memory."""
        names = OutboxRow.__dataclass_fields__
        return [
            OutboxRow(**{name: getattr(row, name) for name in names})
            for row in self.rows()
            if row.delivered_at is None
        ]

    def go(self) -> list[str]:
        """Let the relay deliver all that is due; the kinds of all e-mails that ever arrived."""
        relay = Relay(self.world.hub, {MAIL: self.mailer.deliver})
        try:
            relay.run_once()
        finally:
            relay.stop()
        return self.sink.kinds

    def last(self) -> EmailMessage:
        """The e-mail that arrived last."""
        return self.sink.mails[-1]


def a_mailer(hub: Hub, sink: Sink, site: Site = SITE) -> Mailer:
    """A mailer that hands its e-mails to the sink; close it when done."""
    server = MailServer(host="127.0.0.1", port=sink.port, security="none")
    return Mailer(hub, SmtpSender(server), Templates(), site)


@contextmanager
def a_post(database_url: str, sink: Sink, site: Site = SITE, **options: Any) -> Iterator[Post]:
    """A world with a mailer; ``options``: of :func:`a_world`."""
    with a_world(database_url, **options) as world:
        world.hub = with_hub(world, mails=True)
        post = Post(world, sink, site)
        try:
            yield post
        finally:
            post.mailer.close()
