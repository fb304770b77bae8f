"""For which account and which session the vendor's proof holds."""

from __future__ import annotations

from proctor_hub.testing.kit.bench import BYSTANDER, Bench
from proctor_hub.testing.kit.case import Case, secrets_in
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import talks
from proctor_hub.testing.kit.playing import submit
from proctor_hub.testing.kit.running import Heard
from proctor_hub.testing.kit.sessions import Session, begin
from proctor_hub.testing.kit.talk import (
    UNKNOWN,
    again,
    readdressed,
    request_of,
    route_of,
    said,
    talk_of,
    with_part,
)
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.receiving import AccountBy, Refused

_ABOUT = "reference/hooks.md#authenticate_callback"


@check(
    "callbacks-other-account",
    Tier.BRONZE,
    why="Two customers of one vendor share a hub; neither may decide about the other's learners.",
    about=_ABOUT,
    unless=talks,
)
def other_account(bench: Bench) -> None:
    """What is authentic for one account is refused for another account of the same plugin."""
    for what, heard in talk_of(bench).calls():
        route, _ = route_of(bench, heard)
        if route.account is AccountBy.TOKEN:
            token = f"JWT {bench.vendor_token(BYSTANDER)}"
            status = again(bench, with_part(heard, "header authorization", token))
            demand(status in UNKNOWN, f"a {what} call with another vendor's token: {status}")
            continue
        request = request_of(bench, heard)
        other = bench.fresh_vendor("another-account", **_other_secrets(bench))
        answer = other.authenticate_callback(request=request)
        demand(
            isinstance(answer, Refused),
            f"the proof of a {what} call for one account is taken for another one's",
        )


def _other_secrets(bench: Bench) -> dict[str, str]:
    settings = bench.case.given.plugin.Settings.model_validate(bench.table)
    return {
        name: (text[1:] + text[0])[::-1]
        for name, text in secrets_in(settings).items()
        if name in bench.table
    }


def _unless_named(case: Case) -> str:
    """Needs callbacks that prove more than the hub's token, whose holder speaks of all sessions."""
    if problem := talks(case):
        return problem
    if all(route.account is AccountBy.TOKEN for route in case.routes):
        return "the hub's tokens prove its callbacks: who holds one may speak of every session"
    return ""


@check(
    "callbacks-other-session",
    Tier.SILVER,
    why="One learner's overheard pass, sent on to another session's address, passes anybody.",
    about=_ABOUT,
    unless=_unless_named,
)
def other_session(bench: Bench) -> None:
    """A call accepted for one session, sent again with path and query that name another one, is
    refused, or changes nothing of that one."""
    word = talk_of(bench).word
    one, other = (begin(bench, bench.case.usual_exam_type) for _ in range(2))
    before = len(bench.running.heard)
    submit(one)
    ready = bench.running.heard[before:][:1]
    demand(ready, "the vendor said ready, and sent nothing to the hub's callback paths")
    _demand_unmoved(bench, ready[0], one, other, "ready")
    submit(other)
    _demand_unmoved(bench, said(bench, one, word), one, other, "review")


def _demand_unmoved(bench: Bench, heard: Heard, one: Session, other: Session, what: str) -> None:
    if route_of(bench, heard)[0].account is AccountBy.TOKEN:
        return
    before = other.status, len(other.revisions())
    status = again(bench, readdressed(heard, one.values, other.values))
    demand(
        (other.status, len(other.revisions())) == before,
        f"a {what} call for one session, sent to another one's address, is answered {status} and "
        "takes effect there: its proof does not cover the path",
    )
