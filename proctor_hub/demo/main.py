"""The guided run: ``proctor-hub demo``."""

from __future__ import annotations

import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import requests
from rich.console import Console

from proctor_hub.demo.client import HubRefused
from proctor_hub.demo.data import Plan, load_plan
from proctor_hub.demo.ending import (
    compare_books,
    compare_mails,
    emptied,
    grades_to_zero_and_back,
    totals,
    write_reports,
)
from proctor_hub.demo.enrolling import enrol
from proctor_hub.demo.errors import DemoError
from proctor_hub.demo.processes import Processes, clean_environment
from proctor_hub.demo.stage import Stage, set_stage
from proctor_hub.demo.story import play
from proctor_hub.demo.view import View, summary
from proctor_hub.demo.world import World


def main(output: Path, serve: bool, data: Path | None = None) -> int:
    """Start everything, play the story, write the reports into ``output``.

    :param serve: leave it all running and print the addresses, until interrupted.
    :param data: a folder with other data files than the demo's own.
    :return: the exit status: 0, or 1 where something did not come out as it must; 130 and 143 for
        an interruption. All servers are ended in any case.
    """
    console = Console(highlight=False)
    with _ended_by_signals():
        try:
            return _run(console, output, serve, data)
        except (DemoError, HubRefused) as error:
            console.print(
                f"The demo failed: {error}", style="bold red", markup=False, soft_wrap=True
            )
        except requests.RequestException as error:
            console.print(f"The demo failed: no answer ({type(error).__name__}).", style="bold red")
        except KeyboardInterrupt:
            return 0 if serve else 130
    return 1


def _run(console: Console, output: Path, serve: bool, data: Path | None) -> int:
    began = time.monotonic()
    plan = load_plan(data)
    emptied(output)
    with (
        tempfile.TemporaryDirectory(prefix="proctor-hub-demo-") as folder,
        Processes(Path(folder), clean_environment()) as processes,
    ):
        console.print("Starting the hub, the vendors' sandboxes and a small LMS …")
        stage = set_stage(plan, Path(folder), processes)
        world = _play(console, plan, stage)
        counts = compare_books(world)
        mails = compare_mails(world)
        written = write_reports(world, output)
        heads = ("course", "vendor", "attempts", "statuses")
        summary(console, "What came out", heads, totals(world))
        moved = grades_to_zero_and_back(world)
        summary(console, "Grades in the LMS that went to 0", ("learner", "exam", "grade"), moved)
        console.print(
            f"{counts['applied']} events reached the LMS in order, "
            f"{counts['repeated']} of them more than once; "
            f"{time.monotonic() - began:.1f} s in all."
        )
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(mails.items()))
        console.print(f"{mails.total()} e-mails arrived in the mailbox: {kinds}.", soft_wrap=True)
        for path in written:
            console.print(f"report: {path}", soft_wrap=True, markup=False)
        if serve:
            _leave_running(console, stage)
    return 0


def _play(console: Console, plan: Plan, stage: Stage) -> World:
    set_up = "Courses, exams, people; a vendor chosen per course"
    with View([set_up, *(scene.title for scene in plan.story)], console) as view:
        view.scene(set_up)
        world = World(stage=stage, exams=enrol(stage.hub, plan))
        for course in plan.courses:
            view.line(f"{course.settings['title']}: {course.settings['vendor']}")
        for one in plan.staff:
            if not one.course_id:
                stage.make_staff(one.user_id, one.role)
        view.line(f"{len(plan.learners)} learners, {len(world.exams)} exams")
        view.scene_done()
        for scene in plan.story:
            view.scene(scene.title)
            play(world, scene, view.line)
            view.scene_done()
    return world


def _leave_running(console: Console, stage: Stage) -> None:
    for name, url in stage.addresses.items():
        console.print(f"{name}: {url}", soft_wrap=True, markup=False)
    config = stage.processes.environment["PROCTOR_HUB_CONFIG"]
    console.print(f"commands: PROCTOR_HUB_CONFIG={config} proctor-hub …", soft_wrap=True)
    console.print("All of it is left running; Ctrl-C ends it.")
    while True:
        stage.processes.check()
        time.sleep(1.0)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """A signal ends the run as an exit does: every block is left, every child ended.

    Only the first one counts. A group of processes is sent one and `make` hands its own on, so a
    second may arrive before the blocks are left; it would leave servers behind.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Who started us with SIGINT ignored, such as `nohup` or a shell's `&`, meant it.
    before = {
        number: signal.getsignal(number)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        if signal.getsignal(number) is not signal.SIG_IGN
    }

    def end(number: int, _frame: FrameType | None) -> None:
        for each in before:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt if number == signal.SIGINT else SystemExit(128 + number)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
