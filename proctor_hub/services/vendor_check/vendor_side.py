"""The vendor as the hub meets it: address, clock, credentials, rules, dashboard, speed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import quote, urlsplit

from proctor_hub.services import diagnosis
from proctor_hub.services.diagnosis import Check
from proctor_hub.services.vendor_check.account import CheckedAccount, on_loopback
from proctor_hub.services.vendor_check.looks import secret_keys
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.listening import Exchange
from proctor_hub.vendors.rendering import (
    Dashboard,
    DashboardData,
    DashboardEmbed,
    DashboardRequest,
    DashboardScope,
)
from proctor_hub.vendors.subjects import Capability, RulesKind, Viewer

CLOCK_WARNING_SECONDS = 5.0
CLOCK_FAILED_SECONDS = 60.0
LONGEST_LINK_SECONDS = 3600.0
_VIEWER = Viewer(
    id="proctor-hub-check", full_name="Check", email="check@localhost", role="operator"
)
_COURSES = ("proctor-hub-check-1", "proctor-hub-check-2")
_TOKEN = re.compile(r"[A-Za-z0-9_.~+/=-]{22,}")
"""128 bits in base64 and more: what cannot be guessed."""


def check_addresses(account: CheckedAccount) -> Iterator[Check]:
    """Each host the settings name answers, without credentials or a path."""
    for scheme, host, port in account.http.origins:
        where = f"{scheme}://{host}:{port}"
        name = "address" if len(account.http.origins) == 1 else f"address:{host}:{port}"
        said = account.ask(lambda url=f"{where}/": account.http.request("HEAD", url))  # type: ignore[misc]
        remedy = f"Look at the address in {account.table}, the firewall, and the vendor."
        if isinstance(said, str):
            yield diagnosis.failed(name, said, remedy)
        elif said.status >= 500:
            detail = f"{where} answers {said.status}: the vendor is not well"
            yield diagnosis.failed(name, detail, "Ask the vendor.")
        else:
            yield diagnosis.ok(name, f"{where} answers")
    if not account.http.origins:
        yield diagnosis.not_applicable("address", "the settings name no host of the vendor")


def check_credentials(account: CheckedAccount) -> Check:
    """The vendor takes them, by its own health check."""
    name = "credentials"
    if not account.vendor.can(Capability.HEALTH_CHECK):
        return diagnosis.not_applicable(
            name, "this vendor has no call that tests them; its first registration will"
        )
    before = len(account.http.exchanges)
    said = account.ask(account.vendor.health_check)
    health = Health(ok=False, detail=said) if isinstance(said, str) else said
    if health.ok:
        return diagnosis.ok(name, health.detail or "the vendor takes them")
    statuses = [one.reply.status for one in account.http.exchanges[before:] if one.reply]
    keys = " and ".join(secret_keys(account.settings)) or "the credentials"
    if statuses and statuses[-1] in (400, 401, 403):
        remedy = f"Compare {keys} in {account.table} with what the vendor gave you."
    elif not statuses:
        remedy = f"The vendor did not answer; look at the address in {account.table} first."
    else:
        remedy = f"The vendor answered {statuses[-1]}; ask it, and look at {account.table}."
    return diagnosis.failed(name, health.detail.rstrip(".") or "the vendor is not well", remedy)


def check_rules(account: CheckedAccount) -> Check:
    """The catalogue can be fetched and has rules."""
    kind = account.vendor.description.rules_kind
    if not account.vendor.can(Capability.RULES_CATALOG):
        if kind is RulesKind.BINARY:
            detail = "the vendor knows rules by key, and the plugin cannot list them"
            return diagnosis.warning("rules", detail, "Course teams cannot choose any.")
        return diagnosis.not_applicable("rules", f"this vendor has no catalogue ({kind})")
    said = account.ask(lambda: account.vendor.rules_catalog(language="en"))
    if isinstance(said, str):
        return diagnosis.failed("rules", said, "Exams are saved without rules until it answers.")
    if not said.labels:
        detail = "the vendor's catalogue is empty"
        return diagnosis.warning("rules", detail, "Ask the vendor to set your account up.")
    return diagnosis.ok("rules", f"{len(said.labels)} in the catalogue")


def check_dashboard(account: CheckedAccount) -> Check:
    """Its link is for one course alone, cannot be guessed, is encrypted and expires."""
    name = "dashboard"
    if not account.vendor.can(Capability.DASHBOARD):
        return diagnosis.not_applicable(name, "this vendor has none; the hub shows its own")
    links = []
    for course_id in _COURSES:
        wanted = DashboardRequest(scope=DashboardScope.COURSE, course_id=course_id, viewer=_VIEWER)
        said = account.ask(lambda wanted=wanted: account.vendor.render_dashboard(request=wanted))  # type: ignore[misc]
        if isinstance(said, str):
            remedy = f"Staff see no dashboard; look at {account.table}."
            return diagnosis.failed(name, said, remedy)
        links.append(said)
    if isinstance(links[0], DashboardData):
        return diagnosis.not_applicable(name, "the hub shows the vendor's data on its own page")
    return _link(account, *links)


def _link(account: CheckedAccount, link: Dashboard, other: Dashboard) -> Check:
    name, defect = "dashboard", "Tell the plugin's author."
    url, elsewhere = getattr(link, "url", ""), getattr(other, "url", "")
    parts = urlsplit(url)
    if parts.scheme != "https" and not (
        parts.scheme == "http" and on_loopback(parts.hostname or "")
    ):
        detail = "the link is not https, so it can be read on the way"
        return diagnosis.failed(name, detail, f"Look at the addresses in {account.table}.")
    if not _proofs(url, _COURSES[0]) - _proofs(elsewhere, _COURSES[1]):
        detail = "the link carries no token of its own, so whoever guesses it sees the course"
        return diagnosis.failed(name, detail, defect)
    if not isinstance(link, DashboardEmbed):
        return diagnosis.ok(name, f"a signed link to {parts.hostname}")
    left = (link.expires_at - account.now()).total_seconds()
    if left <= 0:
        return diagnosis.failed(name, "the link has expired when it is made", defect)
    if left > LONGEST_LINK_SECONDS:
        return diagnosis.warning(name, f"the link works for {left / 3600:.0f} hours", defect)
    return diagnosis.ok(name, f"a signed link to {parts.hostname}, good for {left:.0f} s")


def _proofs(url: str, course_id: str) -> set[str]:
    parts = urlsplit(url.replace(course_id, "").replace(quote(course_id, safe=""), ""))
    return set(_TOKEN.findall(f"{parts.path}?{parts.query}#{parts.fragment}"))


def check_clock(account: CheckedAccount) -> Check:
    """The vendor's clock, by the ``Date`` of its last answer that had one, against the hub's."""
    dated = [(one, _date(one)) for one in account.http.exchanges]
    skews = [(at - one.midway).total_seconds() for one, at in dated if at is not None]
    if not skews:
        return diagnosis.not_applicable("clock", "no answer of the vendor told the time")
    # The header has whole seconds, cut.
    skew = skews[-1] + 0.5
    told = f"the vendor's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} ours"
    remedy = "Let this machine's clock be set by NTP; if it is, tell the vendor."
    if abs(skew) > CLOCK_FAILED_SECONDS:
        return diagnosis.failed("clock", f"{told}: signatures and links do not hold", remedy)
    if abs(skew) > CLOCK_WARNING_SECONDS:
        return diagnosis.warning("clock", told, remedy)
    return diagnosis.ok("clock", "the vendor's and ours agree")


def check_speed(account: CheckedAccount) -> Check:
    """Its answers come well within the time a learner's request waits."""
    made = account.http.exchanges
    if not made:
        return diagnosis.not_applicable("time", "the vendor was not called")
    slowest, limit = max(one.seconds for one in made), account.learner_seconds
    told = f"slowest of {len(made)} calls {slowest:.2f} s; learners wait for {limit:g} s"
    if slowest >= limit:
        remedy = "Learners cannot begin an exam; ask the vendor, or look at the network."
        return diagnosis.failed("time", told, remedy)
    if slowest > limit / 2:
        return diagnosis.warning("time", told, "Little is left; ask the vendor.")
    return diagnosis.ok("time", told)


def _date(one: Exchange) -> datetime | None:
    if one.reply is None:
        return None
    value = {k.lower(): v for k, v in one.reply.headers.items()}.get("date", "")
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
