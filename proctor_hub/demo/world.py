"""What the verbs of the story work with: who is who, and each learner's attempt in hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from proctor_hub.demo.client import HubRefused, path_of
from proctor_hub.demo.data import Learner, Staff
from proctor_hub.demo.enrolling import ExamIds
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.stage import Stage
from proctor_hub.demo.steering import Sandbox

PATIENCE = 15.0
"""Seconds the story waits for what happens by itself: events, notices, retries."""


@dataclass(kw_only=True)
class World:
    """The stage, and what the story did on it so far.

    :ivar attempts: username → the attempt code the learner has in hand.
    """

    stage: Stage
    exams: ExamIds
    attempts: dict[str, str] = field(default_factory=dict)

    def learner(self, username: str) -> Learner:
        """:raises DemoError: nobody in the roster is called so."""
        found = self.stage.plan.people.get(username)
        if not isinstance(found, Learner):
            raise DemoError(f"no learner is called {username}")
        return found

    def staff(self, username: str) -> Staff:
        """:raises DemoError: no member of staff is called so."""
        found = self.stage.plan.people.get(username)
        if not isinstance(found, Staff):
            raise DemoError(f"no member of staff is called {username}")
        return found

    def team_of(self, learner: Learner) -> str:
        """User id of somebody on the learner's course team."""
        return self.staff(self.stage.plan.course(learner.course_id).report_by).user_id

    def code(self, username: str) -> str:
        """The attempt the learner has in hand.

        :raises DemoError: they have none yet.
        """
        if username not in self.attempts:
            raise DemoError(f"{username} has no attempt yet")
        return self.attempts[username]

    def exam_id(self, learner: Learner, content_id: str) -> int:
        """The hub's id of an exam of the learner's course."""
        return self.exams[learner.course_id, content_id]

    def as_learner(self, username: str, method: str, *path: str | int, body: Any = None) -> Any:
        """A call to the hub with the learner's own person token."""
        user = self.learner(username).user_id
        return self.stage.hub.call(method, path_of(*path), body, user=user)

    def attempt(self, username: str) -> Any:
        """The learner's attempt in hand, as its learner sees it."""
        return self.as_learner(username, "GET", "attempts", self.code(username))

    def attempt_for_team(self, username: str) -> Any:
        """The same with what only staff sees: the review, the vendor's id."""
        user = self.team_of(self.learner(username))
        return self.stage.hub.call("GET", path_of("attempts", self.code(username)), user=user)

    def sandbox(self, username: str) -> tuple[Sandbox, Mapping[str, str]]:
        """The sandbox of the attempt's vendor, and how it knows the attempt."""
        seen = self.attempt_for_team(username)
        known = {"attempt_code": seen["code"], "external_id": seen["external_id"] or ""}
        return self.stage.sandboxes[seen["vendor"]], known

    def entry(self, username: str) -> Mapping[str, Any]:
        """The LMS's line for the attempt in hand; empty while it heard nothing."""
        learner, attempt = self.learner(username), self.attempt(username)
        key = (learner.course_id, attempt["content_id"], learner.user_id)
        for row in self.stage.gradebook()["rows"]:
            if (row["course_id"], row["content_id"], row["user_id"]) == key:
                found: Mapping[str, Any] = row
                return found
        return {}

    def newest_mail(self, username: str) -> Mapping[str, Any]:
        """The newest e-mail to the learner about the exam in hand; empty: there is none."""
        return newest_mail(
            self.stage.mails(), self.learner(username), self.attempt(username)["exam_name"]
        )


def newest_mail(
    mails: Sequence[Mapping[str, Any]], learner: Learner, exam_name: str
) -> Mapping[str, Any]:
    """The last of these e-mails to the learner whose subject names the exam; empty: none does."""
    to = f"<{learner.email}>"
    mine = [one for one in mails if to in one["to"] and exam_name in one["subject"]]
    return mine[-1] if mine else {}


def refused(call: Callable[[], object]) -> HubRefused:
    """The refusal of a call that must be refused.

    :raises DemoError: the hub allowed it.
    """
    try:
        call()
    except HubRefused as error:
        return error
    raise DemoError("the hub allowed it")


def becomes(look: Callable[[], object], wanted: object, what: str) -> None:
    """Wait until ``look()`` is ``wanted``.

    :raises DemoError: it does not become so in time.
    """
    until = time.monotonic() + PATIENCE
    while (found := look()) != wanted:
        if time.monotonic() > until:
            raise DemoError(f"{what} is {found}, not {wanted}")
        time.sleep(0.05)
