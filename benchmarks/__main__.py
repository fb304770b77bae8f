"""``python -m benchmarks [PART…]``: every figure, or those of the parts named."""

from __future__ import annotations

import argparse
import importlib
import sys

from rich.console import Console

from benchmarks.results import Notebook

PARTS = {
    "dispatch": "hook dispatch next to a direct call",
    "statements": "SQL statements per callback and per attempt creation",
    "callbacks": "review callbacks per second over HTTP, next to the raw commit rate",
    "creation": "attempts created per second, with a vendor that answers at once",
    "effects": "effects delivered per second, next to a bare loop of posts",
    "jobs": "durable jobs per second, next to the raw commit rate",
    "lag": "time from a callback to the LMS's event, idle and under load",
    "recovery": "time until the work of a killed process is done by another",
    "report": "report rows per second and memory, next to a bare csv.writer",
    "pages": "service time of staff's lists in a course of a million attempts",
    "learner_pages": "server time of every learner's page, weight of the heaviest pages",
    "report_job": "a whole report job: rows per second, memory of both processes",
}


def main() -> int:
    """Run the parts one after the other, each figure as it comes, the table at the end."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of: {', '.join(PARTS)}")
    parser.add_argument("--strict", action="store_true", help="exit 1 where a target was missed")
    options = parser.parse_args()
    unknown = sorted(set(options.parts) - set(PARTS))
    if unknown:
        parser.error(f"unknown part {unknown[0]}; there are: {', '.join(PARTS)}")
    notebook = Notebook(sys.stdout)
    for part in options.parts or PARTS:
        print(f"# {part}: {PARTS[part]}", file=sys.stderr, flush=True)
        notebook.add(importlib.import_module(f"benchmarks.{part}").measure())
    notebook.table(Console(width=160 if not sys.stdout.isatty() else None))
    print(f"JSON lines: {notebook.path}", file=sys.stderr)
    missed = [figure for figure in notebook.figures if figure.met is False]
    return 1 if missed and options.strict else 0


if __name__ == "__main__":
    raise SystemExit(main())
