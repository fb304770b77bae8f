from __future__ import annotations

import pytest

from proctor_hub.transports.routing import Route, Routing

DEMO = "course-v1:Demo+Chem101+2026"
OTHER = "course-v1:Other+Law+2026"


def routing(**routes: tuple[str, ...]) -> Routing:
    names = {"lms": "lms"}
    return Routing(
        Route(destination=names.get(name, f"lms:{name}"), courses=courses)
        for name, courses in routes.items()
    )


@pytest.mark.parametrize(
    ("routes", "course_id", "expected"),
    [
        ({}, DEMO, ("lms",)),
        ({"lms": ()}, DEMO, ("lms",)),
        ({"lms": (), "bus": ()}, DEMO, ("lms", "lms:bus")),
        ({"lms": (), "bus": ("course-v1:Demo+*",)}, DEMO, ("lms", "lms:bus")),
        ({"lms": (), "bus": ("course-v1:Demo+*",)}, OTHER, ("lms",)),
        ({"lms": ("*:Other+*",), "bus": ("*:Demo+*",)}, DEMO, ("lms:bus",)),
        ({"bus": ("course-v1:Demo+*", "*+Law+*")}, OTHER, ("lms:bus",)),
        ({"bus": ("course-v1:demo+*",)}, DEMO, ("lms",)),
        ({"bus": ("course-v1:Demo",)}, DEMO, ("lms",)),
        ({"lms": ("*:Other+*",)}, DEMO, ()),
        ({"lms": ("*:Other+*",), "bus": ("x",)}, DEMO, ()),
    ],
)
def test_who_hears_of_a_course(
    routes: dict[str, tuple[str, ...]], course_id: str, expected: tuple[str, ...]
) -> None:
    assert routing(**routes)(course_id) == expected
