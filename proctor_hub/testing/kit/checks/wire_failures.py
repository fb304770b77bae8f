"""What the vendor's failures become: which error, and whether trying again can help."""

from __future__ import annotations

from proctor_hub.errors import VendorRejected, VendorUnauthorized, VendorUnavailable
from proctor_hub.testing.kit import wire
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import secrets_in
from proctor_hub.testing.kit.check import check, demand
from proctor_hub.testing.kit.checks.conditions import wired
from proctor_hub.testing.kit.failing import demand_error, outcomes
from proctor_hub.testing.kit.spoken import spoken
from proctor_hub.testing.kit.subjects import MARKERS
from proctor_hub.vendors.quality import Tier

_ABOUT = "reference/contract.md"
_TAKEN_AS_DONE = {"session_removed", "retire_learner"}
"""Hooks to which "there is no such thing" may be success: they ask for just that."""


@check(
    "wire-unauthorized",
    Tier.BRONZE,
    why="Only VendorUnauthorized tells an operator to mend the credentials and stops the retries.",
    about=f"{_ABOUT}#vendorunauthorized",
    unless=wired,
)
def unauthorized(bench: Bench) -> None:
    """401 and 403 are ``VendorUnauthorized``, which is not retried."""
    for code in (401, 403):
        demand_error(bench, str(code), wire.status(code), (VendorUnauthorized,))


@check(
    "wire-rejected",
    Tier.SILVER,
    why="A refusal that is retried is refused for ever; one taken for an outage opens the breaker.",
    about=f"{_ABOUT}#vendorrejected",
    unless=wired,
)
def rejected(bench: Bench) -> None:
    """404 and 409 are ``VendorRejected`` with the status; only what asks for an end may take 404
    for success."""
    for code in (404, 409):
        raised = demand_error(
            bench,
            str(code),
            wire.status(code),
            (VendorRejected,),
            taken=lambda hook, code=code: code == 404 and hook in _TAKEN_AS_DONE,  # type: ignore[misc]
        )
        for hook, error in raised:
            status = getattr(error, "status", None)
            demand(status == code, f"{hook} says that the vendor answered {status}, not {code}")


@check(
    "wire-busy",
    Tier.SILVER,
    why="Who calls again before the time the vendor named is shut out for longer.",
    about=f"{_ABOUT}#vendorunavailable",
    unless=wired,
)
def busy(bench: Bench) -> None:
    """429 is ``VendorUnavailable``, with the seconds of ``Retry-After``."""
    fault = wire.status(429, {"Retry-After": "71"})
    for hook, error in demand_error(bench, "429", fault, (VendorUnavailable,)):
        wait = getattr(error, "retry_after", None)
        demand(wait == 71, f"{hook} loses the vendor's Retry-After: {wait}, not 71 seconds")


@check(
    "wire-down",
    Tier.BRONZE,
    why="An outage that is not retried loses the notice; one shown as an error frightens learners.",
    about=f"{_ABOUT}#vendorunavailable",
    unless=wired,
)
def down(bench: Bench) -> None:
    """500, 502 and 503 are ``VendorUnavailable``, which is retried."""
    for code in (500, 502, 503):
        page = wire.status(code, {"Content-Type": "text/html"}, b"<h1>Server Error</h1>")
        demand_error(bench, str(code), page, (VendorUnavailable,))


@check(
    "wire-time-out",
    Tier.BRONZE,
    why="A call without an end holds the learner's page, and in the end every thread of the hub.",
    about="reference/contract.md#httpclient",
    unless=wired,
)
def times_out(bench: Bench) -> None:
    """Where the vendor does not answer, every call gives up in the client's time:
    ``VendorUnavailable``."""
    demand_error(bench, "nothing", wire.stalls, (VendorUnavailable,), seconds=0.3)


@check(
    "wire-reset",
    Tier.SILVER,
    why="Connections break in the middle of answers; a half answer must not count as one.",
    about=f"{_ABOUT}#vendorunavailable",
    unless=wired,
)
def is_reset(bench: Bench) -> None:
    """A connection that breaks off is ``VendorUnavailable``."""
    demand_error(bench, "half and breaks off", wire.resets, (VendorUnavailable,))


@check(
    "wire-errors-discreet",
    Tier.SILVER,
    why="Errors are logged and shown to operators; a secret or a name in one is out for good.",
    about=f"{_ABOUT}#vendorerror",
    unless=wired,
)
def errors_are_discreet(bench: Bench) -> None:
    """No error's text, no log line and nothing printed holds a secret of the settings or a
    learner's name or address."""
    hidden = dict(secrets_in(bench.case.given.plugin.Settings.model_validate(bench.table)))
    hidden |= {f"the learner's {kind}": word for kind, words in MARKERS.items() for word in words}
    for code in (401, 404, 500):
        # The vendor's answer repeats what it was sent, as many do.
        def echo(handler: wire.Handler, code: int = code) -> None:
            sent = handler.server.sent[-1]
            headers = " ".join(value for _, value in sent.headers).encode()
            handler.answer(code, sent.body + sent.target.encode() + headers, {})

        with spoken() as said:
            for hook, answer, _ in outcomes(bench, echo):
                for name, text in hidden.items():
                    demand(text not in str(answer), f"{hook}'s error on {code} holds {name}")
        for name, text in hidden.items():
            demand(text not in said(), f"what is logged or printed on {code} holds {name}")
