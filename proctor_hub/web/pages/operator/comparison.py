"""The comparison of the installed vendors (domain §6), from what their plugins declare."""

from __future__ import annotations

from collections.abc import Callable

from proctor_hub.services.hub import Hub
from proctor_hub.services.vendor_report import quality_named
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.subjects import Capability, PersonalData, RulesKind
from proctor_hub.web.pages import words
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import Visit

RULES = {
    RulesKind.NONE: noted("none of its own"),
    RulesKind.BINARY: noted("a list of rules, each on or off"),
    RulesKind.FREE_TEXT: noted("standard rules and free text"),
}
CAPABILITIES = {
    Capability.EXAM_SYNC: noted("keeps the exams itself"),
    Capability.RULES_CATALOG: noted("tells which rules it has"),
    Capability.SESSION_NOTICES: noted("hears of start, end and errors"),
    Capability.SESSION_REMOVAL: noted("removes sessions"),
    Capability.DECISION_NOTICES: noted("hears of decisions"),
    Capability.HEARTBEAT: noted("notices when its software ends"),
    Capability.ONBOARDING: noted("onboarding profiles"),
    Capability.POLLING: noted("is asked for news"),
    Capability.DASHBOARD: noted("a dashboard of its own"),
    Capability.LEARNER_RETIREMENT: noted("erases learners when asked"),
    Capability.HEALTH_CHECK: noted("can be tested"),
}
PERSONAL = {
    PersonalData.FULL_NAME: noted("full name"),
    PersonalData.EMAIL: noted("e-mail address"),
}


def compared(visit: Visit) -> tuple[tuple[str, ...], list[tuple[str, list[str]]]]:
    """The slugs of the usable accounts, and each line of the table with a cell for each."""
    vendors = _usable(visit.hub)
    table = [
        (visit.say(label), [cell(visit, vendor) for vendor in vendors]) for label, cell in _LINES
    ]
    return tuple(vendor.slug for vendor in vendors), table


def _usable(hub: Hub) -> list[Vendor]:
    return sorted(hub.vendors.vendors.values(), key=lambda vendor: vendor.slug)


def _types(visit: Visit, vendor: Vendor) -> str:
    found = [name for one, name in words.EXAM_TYPES.items() if one in vendor.description.exam_types]
    return ", ".join(visit.say(name) for name in found)


def _before(visit: Visit, vendor: Vendor) -> str:
    if not vendor.can(Capability.ONBOARDING):
        return visit.say("no onboarding needed")
    days = vendor.description.onboarding_validity.days
    return visit.say("onboarding, valid for %(days)s days unless the vendor says", days=days)


def _readiness(visit: Visit, vendor: Vendor) -> str:
    minutes = int(vendor.description.readiness_lifetime.total_seconds() // 60)
    return visit.say("%(minutes)s minutes", minutes=minutes)


def _capabilities(visit: Visit, vendor: Vendor) -> str:
    found = [name for one, name in CAPABILITIES.items() if vendor.can(one)]
    return ", ".join(visit.say(name) for name in found) or "-"


def _personal(visit: Visit, vendor: Vendor) -> str:
    found = [name for one, name in PERSONAL.items() if one in vendor.description.personal_data]
    return ", ".join(visit.say(name) for name in found) or visit.say("a pseudonym only")


def _window(visit: Visit, vendor: Vendor) -> str:
    own = vendor.description.needs_exam_proof
    return visit.say("the vendor's own browser") if own else visit.say("an ordinary browser")


def _email(visit: Visit, vendor: Vendor) -> str:
    needed = vendor.description.needs_escalation_email
    return visit.say("required") if needed else visit.say("optional")


def _support(_visit: Visit, vendor: Vendor) -> str:
    told = vendor.description
    return ", ".join(one for one in (told.support_email, told.support_phone) if one) or "-"


Cell = Callable[[Visit, Vendor], str]
_LINES: tuple[tuple[str, Cell], ...] = (
    (noted("Vendor"), lambda _, vendor: vendor.description.name),
    (noted("Quality"), lambda visit, vendor: visit.say(quality_named(vendor.plugin_name).said())),
    (noted("Exam types"), _types),
    (noted("Before the first exam"), _before),
    (noted("Rules"), lambda visit, vendor: visit.say(RULES[vendor.description.rules_kind])),
    (
        noted("Second review"),
        lambda visit, vendor: visit.say(vendor.description.second_review) or "-",
    ),
    (
        noted("How a session is launched"),
        lambda visit, vendor: visit.say(vendor.description.launch_summary) or "-",
    ),
    (
        noted("What the learner needs"),
        lambda visit, vendor: visit.say(vendor.description.learner_tool) or "-",
    ),
    (noted("Exam window"), _window),
    (noted("“Ready” holds for"), _readiness),
    (noted("What it can do"), _capabilities),
    (noted("Personal data it gets"), _personal),
    (noted("Escalation e-mail of the course"), _email),
    (noted("Support"), _support),
)
