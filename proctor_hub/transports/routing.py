"""Which endpoints hear of a course: shell patterns on its id."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

DEFAULT = "lms"
"""The outbox destination of the endpoint that has no name of its own."""


def destination_of(name: str) -> str:
    """The outbox destination of an endpoint; ``""`` names the default one."""
    return f"{DEFAULT}:{name}" if name else DEFAULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """An endpoint's destination, and the courses it hears of.

    :param courses: shell patterns, letter case counts; empty: all courses.
    """

    destination: str
    courses: tuple[str, ...] = ()
    _matches: tuple[re.Pattern[str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        compiled = tuple(re.compile(fnmatch.translate(pattern)) for pattern in self.courses)
        object.__setattr__(self, "_matches", compiled)

    def takes(self, course_id: str) -> bool:
        """Whether the endpoint hears of this course."""
        return not self.courses or any(one.match(course_id) for one in self._matches)


class Routing:
    """The ``LmsEndpoints`` port: course → destinations.

    A course that nobody is configured for waits for the default endpoint, unless that one is
    configured and left the course out: nothing is dropped that nobody decided to drop.
    """

    def __init__(self, routes: Iterable[Route]) -> None:
        """``routes``: one per configured endpoint."""
        self._routes = tuple(routes)
        names = {route.destination for route in self._routes}
        self._nobody = () if DEFAULT in names else (DEFAULT,)

    def __call__(self, course_id: str) -> tuple[str, ...]:
        """Outbox destinations, each of which gets every event of the course."""
        found = tuple(one.destination for one in self._routes if one.takes(course_id))
        return found or self._nobody
