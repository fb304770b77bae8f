"""The demo's files: roster, exam plan, vendors and story. Only they know any vendor by name."""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from proctor_hub.demo.errors import DemoError

_OWN = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Learner:
    """A line of the roster."""

    user_id: str
    username: str
    full_name: str
    email: str
    track: str
    course_id: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """Course team of one course; or, with ``course_id`` empty, support or operator."""

    user_id: str
    username: str
    full_name: str
    email: str
    role: str
    course_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A course of the plan; ``settings`` and ``exams`` go to the hub as they are.

    ``report_by``: the member of staff who gets its report.
    """

    course_id: str
    report_by: str
    settings: Mapping[str, Any]
    exams: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorPlan:
    """One vendor account and its sandbox; texts hold placeholders, see ``data/vendors.toml``.

    :param commands: what a person does in the sandbox: name → method, path, body.
    :param reviews: name → the body of the command ``review``.
    """

    slug: str
    sandbox: str
    settings: Mapping[str, Any]
    environment: Mapping[str, str]
    commands: Mapping[str, Mapping[str, Any]]
    reviews: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A part of the story; each line is ``who does what``."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All files of ``folder`` together. ``mail``: the hub's ``[mail]``, but for the server."""

    folder: Path
    learners: tuple[Learner, ...]
    staff: tuple[Staff, ...]
    courses: tuple[Course, ...]
    allowances: tuple[Mapping[str, Any], ...]
    mail: Mapping[str, Any]
    vendors: Mapping[str, VendorPlan]
    story: tuple[Scene, ...] = field(repr=False)

    @property
    def everybody(self) -> list[Learner | Staff]:
        """Learners, then staff."""
        return [*self.learners, *self.staff]

    @cached_property
    def people(self) -> Mapping[str, Learner | Staff]:
        """Everybody by username."""
        return {one.username: one for one in self.everybody}

    def course(self, course_id: str) -> Course:
        """A course by its id.

        :raises DemoError: the plan has none.
        """
        for course in self.courses:
            if course.course_id == course_id:
                return course
        raise DemoError(f"the plan has no course {course_id}")


def load_plan(folder: Path | None = None) -> Plan:
    """Read all files of a folder; without one those of ``proctor_hub/demo/data``.

    :raises DemoError: they are no plan.
    """
    folder = (folder or _OWN).resolve()
    try:
        return _read(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DemoError(f"{folder} holds no plan of a demo: {error}") from error


def _read(folder: Path) -> Plan:
    plan, story, vendors = (
        tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
        for name in ("plan", "story", "vendors")
    )
    roster = (folder / "roster.csv").read_text(encoding="utf-8").splitlines()
    with _file("roster.csv"):
        learners = tuple(Learner(**row) for row in csv.DictReader(roster))
    with _file("vendors.toml"):
        accounts = {slug: VendorPlan(slug=slug, **one) for slug, one in vendors.items()}
    with _file("story.toml"):
        scenes = tuple(Scene(**{**one, "lines": tuple(one["lines"])}) for one in story["scene"])
    with _file("plan.toml"):
        return Plan(
            folder=folder,
            learners=learners,
            staff=tuple(Staff(**one) for one in plan["staff"]),
            courses=tuple(
                Course(**{**one, "exams": tuple(one["exams"])}) for one in plan["courses"]
            ),
            allowances=tuple(plan["allowances"]),
            mail=plan["mail"],
            vendors=accounts,
            story=scenes,
        )


@contextmanager
def _file(name: str) -> Iterator[None]:
    """Whatever misses or is too much is told with the file it should be in."""
    try:
        yield
    except KeyError as error:
        raise ValueError(f"{name} has no {error}") from error
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error
