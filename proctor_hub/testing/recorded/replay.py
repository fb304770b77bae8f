"""Replaying a recording: the plugin makes its calls, no other, and comes to the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import requests

from proctor_hub.domain.words import ExamType
from proctor_hub.testing.recorded.account import load_account
from proctor_hub.testing.recorded.compare import difference
from proctor_hub.testing.recorded.scrub import Scrubber
from proctor_hub.testing.recorded.session import ACCOUNT
from proctor_hub.testing.recorded.stage import Stage
from proctor_hub.testing.recorded.story import MOMENT, RecordedExchange, Recording, Step
from proctor_hub.testing.recorded.wire import request_of, shown_body

if TYPE_CHECKING:
    import responses

PUBLIC_URL = "https://hub.replay.invalid"
_ANY_URL = re.compile(".*")
_WHY = (
    "What a plugin sends and understands is what its vendor was seen to speak; a change is meant, "
    "or learners meet it first. Record again where it is meant: docs/how-to/record-and-replay.md."
)


class ReplayFailed(AssertionError):
    """A plugin does not do what was recorded; the message lists every difference of one step."""


def replay(
    recording: Recording, plugin: type[Any], settings: Mapping[str, Any], *, slug: str = "replayed"
) -> None:
    """Have a plugin play a recording; there is no network.

    :param settings: the account's table; values may differ from the recorded account's, and the
        paths of addresses may not.
    :raises ReplayFailed: a request that was not recorded, one that was and is not made (or made
        more often), or a hook that comes to something else.
    """
    point = EntryPoint(slug, f"{plugin.__module__}:{plugin.__qualname__}", "proctor_hub.vendors")
    account = load_account(
        slug,
        slug,
        settings,
        public_url=PUBLIC_URL,
        clock=lambda: MOMENT,
        entry_points=[point],
    )
    stage = Stage(
        account.vendor,
        account.names,
        exam_type=ExamType.PROCTORED if recording.story == ACCOUNT else ExamType(recording.story),
        public_url=PUBLIC_URL,
        now=MOMENT,
    )
    scrubber = Scrubber(account.names, MOMENT)
    for number, step in enumerate(recording.steps, start=1):
        problems = _play(step, stage, scrubber)
        if problems:
            told = "\n".join(f"- {one}" for one in problems)
            raise ReplayFailed(f"{recording.story}, step {number}, {step.call}:\n{told}\n{_WHY}")


def _play(step: Step, stage: Stage, scrubber: Scrubber) -> list[str]:
    import responses  # of the extra "testing": recording does not need it

    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        placed = [(one, mock.add(_response(one, scrubber))) for one in step.exchanges]
        outcome = scrubber.hide(stage.call(step.call, step.attempt))
        refused = [call.request for call in mock.calls if _was_refused(call.response)]
    problems = [f"not recorded: {_explained(one, step, scrubber)}" for one in refused]
    for exchange, response in placed:
        if response.call_count == 0:
            problems.append(f"recorded, and not made: {exchange.request.where}")
        elif response.call_count > 1:
            problems.append(f"made {response.call_count} times: {exchange.request.where}")
    changed = difference(step.outcome, outcome)
    return problems + ([f"outcome: {changed}"] if changed else [])


def _response(exchange: RecordedExchange, scrubber: Scrubber) -> responses.CallbackResponse:
    import responses

    def answered(_: requests.PreparedRequest) -> Any:
        # Made up only now: what the request told first goes by the names it has in the file.
        answer = exchange.answer
        if answer is None:
            return requests.ConnectionError("there was no answer when this was recorded")
        headers = {name: scrubber.show(value) for name, value in answer.headers.items()}
        return answer.status, headers, shown_body(answer.body, scrubber)

    return responses.CallbackResponse(
        exchange.request.method,
        _ANY_URL,
        answered,
        content_type=None,
        match=[_matcher(exchange, scrubber)],
    )


def _matcher(
    exchange: RecordedExchange, scrubber: Scrubber
) -> Callable[[requests.PreparedRequest], tuple[bool, str]]:
    def matches(sent: requests.PreparedRequest) -> tuple[bool, str]:
        found = _difference(exchange, sent, scrubber)
        return found is None, found or ""

    return matches


def _difference(
    exchange: RecordedExchange, sent: requests.PreparedRequest, scrubber: Scrubber
) -> str | None:
    return difference(asdict(exchange.request), asdict(request_of(sent, scrubber)))


def _was_refused(response: object) -> bool:
    return isinstance(response, requests.ConnectionError) and "refused by Responses" in str(
        response
    )


def _explained(sent: requests.PreparedRequest, step: Step, scrubber: Scrubber) -> str:
    """The request, and how it differs from the recorded one of the same method and path."""
    seen = request_of(sent, scrubber)
    alike = (one for one in step.exchanges if one.request.where == seen.where)
    found = next((_difference(one, sent, scrubber) for one in alike), None)
    return f"{seen.where} ({found})" if found else seen.where
