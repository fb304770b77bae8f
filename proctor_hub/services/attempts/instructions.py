"""What the exam page needs of the vendor before and during the exam: steps, rules, heartbeat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from proctor_hub.errors import PluginError, VendorError
from proctor_hub.services.attempts import vendor_view
from proctor_hub.services.attempts.reading import visible
from proctor_hub.services.attempts.vendors import patience, problem_of, vendor_for
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.vendors.launching import HeartbeatPlan
from proctor_hub.vendors.rendering import Instructions


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionGuide:
    """What a learner is told and what the exam page does; empty for timed exams."""

    instructions: Instructions = field(default_factory=Instructions)
    heartbeat: HeartbeatPlan = field(default_factory=HeartbeatPlan)
    rules: Mapping[str, bool] = field(default_factory=dict)
    custom_rules: str = ""
    support_email: str = ""
    support_phone: str = ""
    support_url: str = ""


def guide(hub: Hub, actor: Actor, code: str, language: str) -> SessionGuide:
    """The guide to an attempt's session, in ``language`` where the vendor has it.

    :raises NotFound: no such attempt for the caller. :raises VendorDown: the vendor was asked and
        did not answer; trying again is safe.
    """
    with hub.database.read() as conn:
        record = visible(conn, actor, code)
    if record.vendor is None:
        return SessionGuide()
    vendor = vendor_for(hub, record.vendor)
    try:
        with patience(hub):
            instructions = vendor.learner_instructions(
                exam=vendor_view.exam_of(record),
                attempt=vendor_view.attempt_of(hub, record),
                language=language,
            )
        heartbeat = vendor.heartbeat_plan()
    except (VendorError, PluginError) as error:
        raise problem_of(error) from error
    description = vendor.description
    return SessionGuide(
        instructions=instructions,
        heartbeat=heartbeat,
        rules=record.exam_rules,
        custom_rules=record.exam_custom_rules,
        support_email=description.support_email,
        support_phone=description.support_phone,
        support_url=description.support_url,
    )
