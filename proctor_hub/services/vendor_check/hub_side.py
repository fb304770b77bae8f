"""The hub as the vendor meets it: its public address, each callback's path, who may call."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from proctor_hub.services import diagnosis
from proctor_hub.services.callbacks import probe
from proctor_hub.services.diagnosis import Check
from proctor_hub.services.vendor_check.account import (
    CheckedAccount,
    Reach,
    on_loopback,
    reach_of,
)
from proctor_hub.vendors.host import HttpReply
from proctor_hub.vendors.http import BoundedHttpClient
from proctor_hub.vendors.receiving import AccountBy, CallbackRoute

_PARAMETER = re.compile(r"\{[^}]*\}")
_PUBLIC_URL = "Set public_url to the address at which vendors and browsers reach the hub."


def check_public_url(account: CheckedAccount) -> Check:
    """The hub's public address can be reached from where the vendor is, by https."""
    name, url = "public_url", account.public_url
    host = urlsplit(url).hostname or ""
    ours = reach_of(host)
    if ours is None:
        return diagnosis.failed(name, f"no address is known for {host}", _PUBLIC_URL)
    known = [reach_of(vendor) for _, vendor, _ in account.http.origins]
    theirs = max((one for one in known if one is not None), default=Reach.WORLD)
    if ours < theirs:
        detail = f"{url} can be reached {ours.words}, and the vendor is not there"
        return diagnosis.failed(name, detail, _PUBLIC_URL)
    if urlsplit(url).scheme != "https" and not on_loopback(host):
        detail = f"{url} is http, not https: reviews and tokens can be read on the way"
        return diagnosis.warning(name, detail, _PUBLIC_URL)
    return diagnosis.ok(name, f"{url} can be reached {ours.words}")


def check_callbacks(account: CheckedAccount) -> Iterator[Check]:
    """Each path the vendor calls leads to this hub, seen from this machine."""
    for route in account.vendor.routes:
        yield _callback(account, route)
    if not account.vendor.routes:
        yield diagnosis.not_applicable("callback", "this vendor does not call the hub")


def check_callers(account: CheckedAccount) -> Check:
    """The vendor has a client to get its tokens with, where its calls need one."""
    name, slug = "callback_client", account.vendor.slug
    if not any(route.account is AccountBy.TOKEN for route in account.vendor.routes):
        return diagnosis.not_applicable(name, "this vendor's calls need no client of the hub")
    remedy = (
        f"Run `proctor-hub clients create --kind vendor --vendor {slug}` and give the vendor what "
        "it prints."
    )
    if account.callers is None:
        return diagnosis.warning(name, "the database could not be asked", "Run doctor.")
    if not account.callers:
        detail = "the vendor has no client of the hub, so all its calls are refused"
        return diagnosis.failed(name, detail, remedy)
    return diagnosis.ok(name, ", ".join(account.callers))


def _callback(account: CheckedAccount, route: CallbackRoute) -> Check:
    name = f"callback:{route.name}"
    url = account.public_url + _PARAMETER.sub("check", route.path)
    if account.keyring is None:
        return diagnosis.failed(
            name, "the hub has never been started here, so nothing can answer", "Start it."
        )
    question = probe.ask(account.keyring, account.now())
    http = BoundedHttpClient()

    def call() -> HttpReply:
        http.allow_url(url)
        return http.request(route.method, url, headers={probe.HEADER: question})

    said = account.ask(call)
    where = f"{route.method} {account.public_url}{route.path}"
    if isinstance(said, str):
        remedy = f"Is the hub running, and does a proxy pass the path on? {_PUBLIC_URL}"
        return diagnosis.failed(name, said, remedy)
    headers = {key.lower(): value for key, value in said.headers.items()}
    if probe.is_answer(account.keyring, question, headers.get(probe.HEADER.lower(), "")):
        return diagnosis.ok(name, f"{where} leads to this hub")
    if 300 <= said.status <= 399:
        detail = f"{where} is redirected ({said.status}), which vendors do not follow"
        return diagnosis.failed(name, detail, _PUBLIC_URL)
    detail = f"{where} is answered {said.status}, not by this hub as it is configured here"
    remedy = (
        "Another server, a proxy that does not pass the path or the header "
        f"{probe.HEADER} on, other encryption_keys, or a hub started before they were changed."
    )
    return diagnosis.failed(name, detail, remedy)
