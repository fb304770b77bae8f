"""The exams a form offers to choose from: the first ones, those with a name, and on from there.

A course may have thousands. Where not all are offered, the form has a field for a part of the name
and a button for more; with scripts the offer changes while somebody types.
"""

from __future__ import annotations

from dataclasses import dataclass

from proctor_hub.services.exams import find_exams
from proctor_hub.storage.courses import Course
from proctor_hub.storage.exams import Exam
from proctor_hub.web.pages.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamChoice:
    """What is offered; ``name``: what they have in their names; ``more``: the cursor to go on."""

    items: tuple[Exam, ...]
    name: str
    more: str | None

    @property
    def searchable(self) -> bool:
        """Whether there are others than those offered."""
        return bool(self.name or self.more)


def exam_choice(
    visit: Visit, course: Course, name: str, after: str = "", *, retired: bool = False
) -> ExamChoice:
    """Exams of the course to choose from; ``after``: go on behind these; ``retired``: those too."""
    found = find_exams(
        visit.hub,
        visit.actor,
        course_id=course.course_id,
        name=name.strip(),
        retired=retired,
        cursor=after or None,
    )
    return ExamChoice(items=found.items, name=name.strip(), more=found.next_cursor)
