"""The hub as people meet it: a real server with vendors, LMS and mailbox around it.

All of them run in this process and read one clock, which only the test moves.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from fastapi import FastAPI

from proctor_hub.app import build_crew, build_hub, create_app
from proctor_hub.cli.working import at_work
from proctor_hub.demo.lms import create_app as create_lms
from proctor_hub.demo.mailbox import Mailbox, add_pages, listen
from proctor_hub.demo.steering import Sandbox
from proctor_hub.encryption_keys import new_key
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.hub import Hub
from proctor_hub.services.vendor_report import secret_urls
from proctor_hub.settings import HubSettings
from proctor_hub.testing.serving import address_of, open_door, port_of, serving
from tests.browser import vendors
from tests.browser.clocks import SharedClock, settle
from tests.support import OPERATOR
from tests.web.site import Site

_SIGNING = "whsec_" + "c2lnbmluZyBrZXkgb2YgdGhlIGJyb3dzZXIgdGVzdHM="

_MAIL = {"sender": "Exams <exams@hub.example>", "contact": "help@hub.example"}
VENDORS = (vendors.PROCTORTRACK, vendors.RPNOW)


@dataclass(frozen=True, kw_only=True)
class Live:
    """Everything that runs. ``site`` calls the hub's API over HTTP; addresses have no slash at the
    end; ``sandboxes``: slug → the vendor's steering door, ``sandbox_urls``: slug → its address."""

    hub: Hub
    site: Site
    clock: SharedClock
    url: str
    lms: FastAPI
    lms_url: str
    sandboxes: Mapping[str, Sandbox]
    sandbox_urls: Mapping[str, str]
    mailbox: Mailbox


@contextmanager
def live(
    database_url: str,
    folder: Path,
    clock: SharedClock,
    *,
    framed_by: str,
    secured: Path | None = None,
    own_exam_page: bool = False,
    more_vendors: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    plugins: Sequence[EntryPoint] = (),
) -> Iterator[Live]:
    """Everything started on a migrated database.

    :param folder: for reports. :param framed_by: the origin that may frame pages of any course.
    :param secured: a certificate; then the hub is reached over TLS. :param own_exam_page: vendors
        send learners to the hub's exam page, which frames the LMS's questions; else to the LMS.
    :param more_vendors: accounts besides the two. :param plugins: besides the installed ones.
    """
    with ExitStack() as stack:
        doors = {name: open_door() for name in ("hub", "lms", *VENDORS)}
        for door in doors.values():
            stack.callback(door.close)
        url = address_of(doors["hub"], "http" if secured is None else "https")
        urls = {slug: address_of(doors[slug]) for slug in VENDORS}
        plans = vendors.plans()
        lms, mailbox, mail_port = _lms(stack, doors["lms"], clock)
        questions = address_of(doors["lms"]) + "/exam?course={course_id}&content={content_id}"
        pages: dict[str, Any] = {"frames": {"*": [framed_by, address_of(doors["lms"])]}}
        if own_exam_page:
            pages["content_url"] = questions
        settings = HubSettings(
            database_url=database_url,
            public_url=url,
            exam_url="" if own_exam_page else questions,
            encryption_keys=new_key("browser"),
            lms={"events_url": address_of(doors["lms"]) + "/events", "signing_secret": _SIGNING},
            mail={"host": "127.0.0.1", "port": mail_port, "security": "none", **_MAIL},
            reports={"url": str(folder / "reports")},
            pages=pages,
            vendors={slug: vendors.settings_of(plans[slug], urls[slug]) for slug in VENDORS}
            | {slug: dict(table) for slug, table in more_vendors.items()},
        )
        installed = entry_points(group=vendors.GROUP)
        hub = build_hub(settings, now=clock, entry_points=[*installed, *plugins])
        stack.callback(hub.database.close)
        over = _vendors(stack, hub, doors, clock)
        crew = build_crew(settings, hub)
        crew.join()
        stack.callback(crew.leave)
        app = create_app(settings, hub=hub, running=partial(at_work, crew, lambda: None))
        stack.enter_context(serving(app, doors["hub"], secured=secured, lifespan=True))
        stack.callback(over.set)
        clock.before.append(partial(settle, hub.database, clock))
        stack.callback(clock.before.clear)
        trusted: Any = True
        if secured is not None:
            trusted = ssl.create_default_context(cafile=str(secured))
        http = stack.enter_context(httpx.Client(base_url=url, verify=trusted, trust_env=False))
        sandboxes = {slug: Sandbox.of(plans[slug], urls[slug]) for slug in VENDORS}
        for sandbox in sandboxes.values():
            stack.callback(sandbox.close)
        yield Live(
            hub=hub,
            site=Site(hub, http, clock, vendor=vendors.PROCTORTRACK),
            clock=clock,
            url=url,
            lms=lms,
            lms_url=address_of(doors["lms"]),
            sandboxes=sandboxes,
            sandbox_urls=urls,
            mailbox=mailbox,
        )


def _lms(stack: ExitStack, door: socket.socket, clock: SharedClock) -> tuple[FastAPI, Mailbox, int]:
    """The demo's LMS, and its mailbox with the port it listens on."""
    mailbox = Mailbox()
    spare = open_door()
    mail_port = port_of(spare)
    spare.close()
    stack.callback(listen(mailbox, mail_port).stop)
    lms = create_lms(_SIGNING, clock=lambda: clock().timestamp())
    add_pages(lms, mailbox)
    stack.enter_context(serving(lms, door))
    return lms, mailbox, mail_port


def _vendors(
    stack: ExitStack, hub: Hub, doors: Mapping[str, socket.socket], clock: SharedClock
) -> threading.Event:
    """Both sandboxes, as an operator sets them up; what they hold back ends with the event."""
    over = threading.Event()
    made = clients.create(hub, OPERATOR, ClientKind.VENDOR, vendor=vendors.PROCTORTRACK)
    proctortrack = vendors.proctortrack_app(
        address_of(doors[vendors.PROCTORTRACK]),
        hub_client=(made.client.client_id, made.secret),
        clock=clock,
        over=over,
    )
    rpnow = vendors.rpnow_app(
        address_of(doors[vendors.RPNOW]),
        review_url=secret_urls(hub.vendors.vendors.values())[vendors.RPNOW]["review"],
        clock=clock,
        over=over,
    )
    stack.enter_context(serving(proctortrack, doors[vendors.PROCTORTRACK]))
    stack.enter_context(serving(rpnow, doors[vendors.RPNOW]))
    return over
