"""What people do in the vendors' sandboxes, by the commands of the data files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import parse_qs, quote, urlsplit

import requests

from proctor_hub.demo.data import VendorPlan
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.filling import filled

TIMEOUT = (3.0, 30.0)


class Sandbox:
    """The steering door of one vendor's sandbox.

    :param url: where it listens. :param commands: what can be done there, and :param reviews: the
        bodies of its command ``review``; as in a plan's vendors.
    """

    def __init__(
        self,
        slug: str,
        url: str,
        commands: Mapping[str, Mapping[str, Any]],
        reviews: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        """Nothing is called yet."""
        self._slug = slug
        self._url = url
        self._commands = commands
        self._reviews = reviews
        self._http = requests.Session()
        self._http.trust_env = False

    @classmethod
    def of(cls, plan: VendorPlan, url: str) -> Self:
        """That of a vendor of the demo's plan."""
        return cls(plan.slug, url, plan.commands, plan.reviews)

    def close(self) -> None:
        """Let go of its connections."""
        self._http.close()

    def knows(self, command: str) -> bool:
        """Whether there is such a thing to do at this vendor."""
        return command in self._commands

    def do(self, command: str, values: Mapping[str, str], body: Any = None) -> list[Any]:
        """Carry out a command; its answers as a list.

        :param values: for the placeholders. :param body: instead of the command's own.
        :raises DemoError: the sandbox has no such command, or refuses it.
        """
        if not self.knows(command):
            raise DemoError(f"{self._slug} has no command {command!r}")
        recipe = self._commands[command]
        quoted = {name: quote(value, safe="") for name, value in values.items()}
        response = self._http.request(
            recipe.get("method", "POST"),
            self._url + filled(recipe["path"], quoted),
            json=filled(recipe.get("body"), values) if body is None else body,
            timeout=TIMEOUT,
            allow_redirects=False,
        )
        if response.status_code != 200:
            raise DemoError(
                f"the sandbox {self._slug} answered {response.status_code} to {command}"
            )
        answer = response.json()
        return answer if isinstance(answer, list) else [answer]

    def review(self, name: str, values: Mapping[str, str]) -> list[int]:
        """Send the review ``name``; the statuses the hub answered.

        :raises DemoError: there is no such review, or the hub did not answer.
        """
        body = self._reviews.get(name)
        if body is None:
            raise DemoError(f"{self._slug} has no review {name!r}")
        return list(self._statuses("review", self.do("review", values, body)))

    def make_ready(self, values: Mapping[str, str]) -> str | None:
        """The learner finishes the set-up; the proof the vendor's tool brings, if it brings one.

        :raises DemoError: the hub did not take it.
        """
        answers = self.do("ready", values)
        for status in self._statuses("ready", answers):
            if status >= 400:
                raise DemoError(f"the hub answered {status} when the session was ready")
        location = answers[0].get("location") or ""
        proofs = parse_qs(urlsplit(location).query).get("proof", [])
        return proofs[0] if proofs else None

    def _statuses(self, command: str, answers: list[Any]) -> Iterator[int]:
        for answer in answers:
            said = answer if isinstance(answer, dict) else {}
            status = said.get("status")
            if isinstance(status, int):
                yield status
            elif "error" in said:
                raise DemoError(f"the hub gave the vendor no answer: {said['error']}")
            else:
                raise DemoError(
                    f"the sandbox {self._slug} does not say how the hub took its {command}: its "
                    'command answers {"status": 200}, or {"error": "why"} where no answer came'
                )
