"""How the exam page watches the proctoring software."""

from __future__ import annotations

from proctor_hub.demo.client import path_of
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import able, loaded, played
from proctor_hub.testing.kit.playing import start
from proctor_hub.testing.kit.sessions import begin
from proctor_hub.vendors.launching import OnLoss
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.subjects import Capability

_ABOUT = "reference/hooks.md#heartbeat_plan"
_ENDS_AS = {OnLoss.SUBMIT: "submitted", OnLoss.ERROR: "error"}


@check(
    "heartbeat-planned",
    Tier.SILVER,
    why="A page that asks too seldom ends exams that are well; one that never asks, none.",
    about=_ABOUT,
    unless=able(Capability.HEARTBEAT, loaded),
)
def planned(bench: Bench) -> None:
    """The plan has an interval, leaves time for a second question before the grace is over, and is
    the same at every call."""
    plans = [bench.fresh_vendor().heartbeat_plan() for _ in range(3)]
    plan = plans[0]
    demand(plan.interval is not None, "a heartbeat is declared, and its plan has no interval")
    demand(
        plan.interval is not None and plan.grace >= plan.interval,
        f"after {plan.grace} without an answer the exam ends, and it is asked every "
        f"{plan.interval}",
    )
    demand(plans == [plan] * 3, "heartbeat_plan answers differently each time")


@check(
    "heartbeat-lost",
    Tier.SILVER,
    why="An exam that goes on without its software is an exam without proctoring.",
    about=_ABOUT,
    unless=able(Capability.HEARTBEAT, played),
)
def lost(bench: Bench) -> None:
    """The exam page is told the plan, and where it loses the software the exam ends as the plan
    says, with the vendor's leave."""
    plan = bench.fresh_vendor().heartbeat_plan()
    at = begin(bench, bench.case.usual_exam_type)
    start(at)
    guide = bench.running.lms.call("GET", path_of("attempts", at.code, "guide"))
    told = guide["heartbeat"] or {}
    demand(told.get("url") == plan.url, f"the exam page is told to ask {told.get('url')!r}")
    at.act("proctoring_lost")
    at.becomes(_ENDS_AS[plan.on_loss])
