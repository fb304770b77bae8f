"""What the vendor's failures become: which error, and whether trying again can help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from proctor_hub.errors import (
    PluginError,
    VendorError,
    VendorProtocolError,
    VendorRejected,
    VendorUnauthorized,
    VendorUnavailable,
)
from proctor_hub.testing.calls import ASKING, CALLS, LAST, NOTICES
from proctor_hub.testing.kit import wire
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.case import secrets_in
from proctor_hub.testing.kit.check import Broken, check, demand
from proctor_hub.testing.kit.checks.conditions import able, unwired, wired
from proctor_hub.testing.kit.client import LIMITS
from proctor_hub.testing.kit.outward import made_up
from proctor_hub.testing.kit.spoken import spoken
from proctor_hub.testing.kit.subjects import MARKERS
from proctor_hub.vendors.launching import Health
from proctor_hub.vendors.quality import Tier
from proctor_hub.vendors.subjects import Capability

_ABOUT = "reference/contract.md"
_TAKEN_AS_DONE = {"session_removed", "retire_learner"}
"""Hooks to which "there is no such thing" may be success: they ask for just that."""

_MOST_REQUESTS = 4
"""Of one call of a hook; none of the later ones is looked at."""
_ROUND_TRIP = 0.6
"""Seconds in which a sandbox on this machine has answered."""

Kinds = tuple[type[VendorError], ...]


def outcomes(
    bench: Bench, fault: wire.Fault, hooks: Iterable[str] = CALLS, seconds: float = 0
) -> Iterable[tuple[str, Any, list[wire.Sent]]]:
    """Each hook that calls the vendor, called while every answer is ``fault``; then while the first
    request (a token, say) is answered well and the next ones are not, and so on.

    :param seconds: the limit of an exchange, else the usual.
    :return: hook, its answer or what it raised, and the requests it made.
    """
    bench.start_vendor()
    for hook in hooks:
        for well in range(_MOST_REQUESTS):
            vendor = bench.fresh_vendor()
            if seconds:
                bench.clients[-1].limit(seconds if well == 0 else max(seconds, _ROUND_TRIP))
            with bench.wire.failing(fault, after=well) as seen:
                try:
                    answer: Any = CALLS[hook](vendor, made_up(bench))
                except (VendorError, PluginError) as error:
                    answer = error
            if len(seen) <= well:
                break
            yield hook, answer, seen


def demand_error(
    bench: Bench,
    said: str,
    fault: wire.Fault,
    kinds: Kinds,
    *,
    hooks: Iterable[str] = CALLS,
    taken: Callable[[str], bool] = lambda hook: False,
    seconds: float = 0,
) -> list[tuple[str, VendorError]]:
    """Every hook raises one of ``kinds`` when the vendor answers ``said``; what they raised.

    :param taken: hooks that may take the answer instead.
    """
    names = " or ".join(kind.__name__ for kind in kinds)
    raised = []
    for hook, answer, _ in outcomes(bench, fault, hooks, seconds):
        if isinstance(answer, Health):
            demand(not answer.ok, f"{hook} calls the vendor well although it answers {said}")
        elif isinstance(answer, kinds):
            raised.append((hook, answer))
        elif isinstance(answer, Exception):
            raise Broken(
                f"when the vendor answers {said}, {hook} raises {type(answer).__name__}, "
                f"not {names}: {answer}"
            )
        else:
            demand(taken(hook), f"when the vendor answers {said}, {hook} takes it for success")
    return raised


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
    "wire-redirect",
    Tier.SILVER,
    why="Who follows a redirect takes credentials and learners' data wherever it points.",
    about="reference/contract.md#httpclient",
    unless=wired,
)
def redirects(bench: Bench) -> None:
    """A redirect is not followed: ``VendorProtocolError``."""
    fault = wire.status(302, {"Location": f"{bench.wire.url}/elsewhere"})
    demand_error(bench, "a redirect", fault, (VendorProtocolError,))
    followed = [sent.where for sent in bench.wire.sent if sent.target == "/elsewhere"]
    demand(not followed, f"a redirect is followed: {followed[:1]}")


@check(
    "wire-garbage",
    Tier.SILVER,
    why="A proxy's page with status 200 is no answer of the vendor; read as one it changes data.",
    about=f"{_ABOUT}#vendorprotocolerror",
    unless=wired,
)
def garbage(bench: Bench) -> None:
    """200 with a body that is no answer is ``VendorProtocolError``; a notice may take it."""
    for body in (b"<html>Welcome</html>", b"\xff\xfe\x00", b"[]", b'"text"'):
        fault = wire.status(200, {"Content-Type": "text/html"}, body)
        demand_error(bench, f"200 {body!r}", fault, (VendorProtocolError,), taken=_may_be_empty)


def _may_be_empty(hook: str) -> bool:
    # A list may be a sound answer to a poll, and what a notice is answered need not matter.
    return hook in NOTICES or hook in LAST or hook == "poll_reviews"


@check(
    "wire-no-id",
    Tier.BRONZE,
    why="An attempt without the vendor's id can never be matched: no ready, no review, no verdict.",
    about="reference/hooks.md#register_attempt",
    unless=wired,
)
def no_id(bench: Bench) -> None:
    """A registration that is answered 200 without an id is ``VendorProtocolError``."""
    for code in (200, 201):
        for body in (b"{}", b'{"id": null}', b'{"id": ""}'):
            demand_error(
                bench,
                f"{code} {body.decode()}",
                wire.status(code, body=body),
                (VendorProtocolError,),
                hooks=("register_attempt",),
            )


@check(
    "wire-exam-no-id",
    Tier.SILVER,
    why="An exam without the vendor's id is created anew at every save.",
    about="reference/hooks.md#sync_exam",
    unless=able(Capability.EXAM_SYNC, wired),
)
def exam_without_id(bench: Bench) -> None:
    """An exam that is answered 200 without an id is ``VendorProtocolError``."""
    demand_error(bench, "200 {}", wire.status(200), (VendorProtocolError,), hooks=("sync_exam",))


@check(
    "wire-huge",
    Tier.SILVER,
    why="An answer without an end fills the memory of a process that serves everybody.",
    about="reference/contract.md#httpclient",
    unless=wired,
)
def too_large(bench: Bench) -> None:
    """An answer over the client's cap is ``VendorProtocolError``."""
    demand_error(bench, "far too much", wire.huge(2 * LIMITS.max_bytes), (VendorProtocolError,))


@check(
    "wire-own-client",
    Tier.BRONZE,
    why="Time-outs, size cap, allowed hosts and breaker are the host client's; others have none.",
    about="reference/contract.md#vendorhost",
    unless=wired,
)
def uses_the_hosts_client(bench: Bench) -> None:
    """Every request to the vendor is made with ``host.http``."""
    for hook, _, seen in outcomes(bench, wire.status(500)):
        made = bench.clients[-1].calls
        demand(
            len(seen) <= made,
            f"{hook} made {len(seen)} requests, only {made} of them with host.http",
        )


@check(
    "wire-no-calls",
    Tier.BRONZE,
    why="What is called without a sandbox or recordings is tried by nobody before learners do.",
    about="how-to/test-a-plugin.md",
    unless=unwired,
)
def calls_nobody(bench: Bench) -> None:
    """A plugin given without sandbox and recordings makes no request at all."""
    for hook in (*ASKING, *NOTICES, *LAST):
        vendor = bench.fresh_vendor()
        with suppress(VendorError):
            CALLS[hook](vendor, made_up(bench))
        demand(
            bench.clients[-1].calls == 0 and not bench.wire.sent,
            f"{hook} calls a vendor, and neither sandbox nor recordings are given",
        )


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
