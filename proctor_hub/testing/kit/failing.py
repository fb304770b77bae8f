"""Hooks called while the vendor fails, and what they must make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from proctor_hub.errors import PluginError, VendorError
from proctor_hub.testing.calls import CALLS
from proctor_hub.testing.kit import wire
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, demand
from proctor_hub.testing.kit.outward import made_up
from proctor_hub.vendors.launching import Health

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
