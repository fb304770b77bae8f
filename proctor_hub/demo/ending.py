"""The end of the demo: reports written, books compared, the table of what came out."""

from __future__ import annotations

import csv
import io
import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from proctor_hub.demo.client import path_of
from proctor_hub.demo.data import Course
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.world import World, becomes, newest_mail

OWN = "demo-output"
"""The folder's name in the checkout."""

MARK = ".proctor-hub-demo"
"""A file that says: this folder is the demo's own and may be emptied."""


def emptied(folder: Path) -> None:
    """An empty folder for the reports; ``demo-output`` is always the demo's own.

    :raises DemoError: another folder holds files that the demo did not write.
    """
    if folder.exists() and not folder.is_dir():
        raise DemoError(f"{folder} is not a folder; name another --output.")
    inside = list(folder.iterdir()) if folder.is_dir() else []
    if inside and folder.name != OWN and not (folder / MARK).is_file():
        raise DemoError(f"{folder} holds files that are not the demo's; name another --output.")
    for path in inside:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()


def write_reports(world: World, folder: Path) -> list[Path]:
    """Have each course's results report made for a member of its team; download it to ``folder``.

    :raises DemoError: a report is not made, or does not have one row per reviewed attempt of the
        course.
    """
    courses = world.stage.plan.courses
    asked = [_ask(world, course) for course in courses]
    return [
        _write_report(world, folder, course, code)
        for course, code in zip(courses, asked, strict=True)
    ]


def _ask(world: World, course: Course) -> str:
    path, user = path_of("courses", course.course_id, "reports"), world.staff(course.report_by)
    asked = world.stage.hub.call("POST", path, {"kind": "results"}, user=user.user_id)
    return str(asked["code"])


def _write_report(world: World, folder: Path, course: Course, code: str) -> Path:
    hub, user = world.stage.hub, world.staff(course.report_by).user_id

    def status() -> str:
        return str(hub.call("GET", path_of("reports", code), user=user)["status"])

    becomes(status, "ready", f"the report of {course.course_id}")
    link = hub.call("POST", path_of("reports", code, "link"), user=user)
    name, text = hub.download(link["url"])
    rows = list(csv.DictReader(io.StringIO(text)))
    expected = [one for one in attempts_of(world, course) if one["exam_type"] != "timed"]
    if sorted(row["attempt_code"] for row in rows) != sorted(one["code"] for one in expected):
        raise DemoError(f"the report of {course.course_id} does not list the course's attempts.")
    path = folder / Path(name).name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def attempts_of(world: World, course: Course) -> list[Any]:
    """All attempts of a course, archived ones too, as its team sees them."""
    user = world.staff(course.report_by).user_id
    return list(world.stage.hub.pages(path_of("courses", course.course_id, "attempts"), user=user))


def compare_books(world: World) -> dict[str, int]:
    """The LMS must have heard every status, in order; its counts of events.

    :raises DemoError: hub and LMS disagree, or an event overtook an earlier one.
    """
    hub = {
        (one["course_id"], one["content_id"], one["user_id"]): one["status"]
        for course in world.stage.plan.courses
        for one in attempts_of(world, course)
        if one["live"] and not one["status"].startswith("onboarding_")
    }

    def book() -> dict[tuple[str, str, str], str]:
        rows = world.stage.gradebook()["rows"]
        found = {(r["course_id"], r["content_id"], r["user_id"]): r["status"] for r in rows}
        return {key: found.get(key, "") for key in hub}

    becomes(lambda: _differences(hub, book()), [], "what hub and LMS disagree on")
    counts: dict[str, int] = world.stage.gradebook()["counts"]
    if counts["out_of_order"]:
        raise DemoError(f"{counts['out_of_order']} events overtook an earlier one.")
    return counts


def grades_to_zero_and_back(world: World) -> list[Sequence[str]]:
    """Rows of a closing table: learner, exam, and the way of each grade that ever was 0.

    :raises DemoError: the story fails a learner and reverts it, and no grade went that way.
    """
    ways: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for change in world.stage.gradebook()["changes"]:
        ways.setdefault((change["user_id"], change["content_id"]), []).append(change)
    zeroed = {key: way for key, way in ways.items() if any(one["after"] == 0 for one in way)}
    if not any(_came_back(way) for way in zeroed.values()):
        raise DemoError("no grade in the LMS went to 0 and came back.")
    names = {person.user_id: person.username for person in world.stage.plan.everybody}
    return [(names.get(user, user), exam, _told(way)) for (user, exam), way in zeroed.items()]


def _came_back(way: list[dict[str, Any]]) -> bool:
    return any(
        lost["after"] == 0 and lost["before"] == found["after"] for lost, found in pairwise(way)
    )


def _told(way: list[dict[str, Any]]) -> str:
    return " → ".join(f"{one['after']} ({one['event']})" for one in way)


_MAIL_OF = {
    "submitted": "submitted",
    "second_review_required": "submitted",
    "verified": "satisfactory",
    "rejected": "unsatisfactory",
}


def compare_mails(world: World) -> Counter[str]:
    """Every learner's newest e-mail about a proctored exam says where they stand; others have none.

    :return: how many e-mails of each kind arrived.
    :raises DemoError: one is missing or wrong, arrived twice, or is about an exam that sends none.
    """
    told = {
        (one["course_id"], one["exam_name"], one["user_id"]): _MAIL_OF.get(one["status"], "")
        for course in world.stage.plan.courses
        for one in attempts_of(world, course)
        if one["live"] and one["exam_type"] == "proctored"
    }
    learners = {one.user_id: one for one in world.stage.plan.learners}

    def newest() -> dict[tuple[str, str, str], str]:
        mails = world.stage.mails()
        return {key: newest_mail(mails, learners[key[2]], key[1]).get("kind", "") for key in told}

    becomes(lambda: _differences(told, newest()), [], "what hub and mailbox disagree on")
    mails = world.stage.mails()
    if len({one["message_id"] for one in mails}) != len(mails):
        raise DemoError("an e-mail arrived twice.")
    return Counter(one["kind"] for one in mails)


def _differences(one: dict[Any, str], other: dict[Any, str]) -> list[str]:
    return [
        f"{key[1]} of {key[2]}: {one[key]}/{other[key]}" for key in one if one[key] != other[key]
    ]


def totals(world: World) -> list[Sequence[str]]:
    """Rows of the closing table: course, vendor, attempts, and how many are in which status."""
    rows: list[Sequence[str]] = []
    for course in world.stage.plan.courses:
        counted = Counter(one["status"] for one in attempts_of(world, course))
        statuses = ", ".join(f"{status} {count}" for status, count in counted.most_common())
        vendor, title = course.settings["vendor"], course.settings["title"]
        rows.append((title, vendor, str(counted.total()), statuses))
    return rows
