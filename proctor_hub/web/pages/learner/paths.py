"""The addresses of the learner's room."""

from __future__ import annotations

HOME = "/learn"
EXAM = HOME + "/exams/{exam_id}"


def exam_path(exam_id: int, rest: str = "") -> str:
    """The path of an exam's page, or of what belongs to it."""
    return f"{HOME}/exams/{exam_id}{rest}"
