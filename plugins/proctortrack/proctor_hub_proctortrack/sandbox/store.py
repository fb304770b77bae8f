"""The vendor's memory: everything it keeps, behind one lock."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from threading import RLock
from typing import Any

from .model import Attempt, Exam, Profile


class UnknownIdError(LookupError):
    """An id this vendor never gave out, or has deleted; the message names its kind and value."""


class Store:
    """Exams, attempts, profiles in memory. Safe for threads; hold `lock` to make steps atomic."""

    def __init__(self) -> None:
        """Start empty."""
        self.lock = RLock()
        self._exams: dict[str, Exam] = {}
        self._moved: dict[str, str] = {}
        self._attempts: dict[str, Attempt] = {}
        self._profiles: dict[str, Profile] = {}
        self._courses: dict[str, dict[str, None]] = {}

    def add_exam(self, **values: Any) -> Exam:
        """Keep a new exam (fields of `Exam` but the id) and return it with its new id."""
        with self.lock:
            exam = Exam(id=uuid.uuid4().hex, **values)
            self._exams[exam.id] = exam
            return exam

    def exam(self, exam_id: str) -> Exam:
        """The exam of that id, also under an id it had before. Raises UnknownIdError."""
        with self.lock:
            found = self._exams.get(self._moved.get(exam_id, exam_id))
        if found is None:
            raise UnknownIdError(f"unknown exam {exam_id!r}")
        return found

    def exams(self, course_id: str | None = None) -> list[Exam]:
        """All exams, or those of one course, in order of creation."""
        with self.lock:
            return [e for e in self._exams.values() if course_id in (None, e.course_id)]

    def change_exam(self, exam_id: str, **values: Any) -> Exam:
        """Replace fields of an exam and return it. Raises UnknownIdError."""
        with self.lock:
            exam = replace(self.exam(exam_id), **values)
            self._exams[exam.id] = exam
            return exam

    def move_exam(self, exam_id: str) -> Exam:
        """Give an exam a new id (its attempts follow; the old id still finds it)."""
        with self.lock:
            old = self.exam(exam_id)
            new = replace(old, id=uuid.uuid4().hex)
            del self._exams[old.id]
            self._exams[new.id] = new
            self._moved = {k: new.id if v == old.id else v for k, v in self._moved.items()}
            self._moved[old.id] = new.id
            for attempt in self.attempts(old.id):
                self._attempts[attempt.id] = replace(attempt, exam_id=new.id)
            return new

    def add_attempt(self, **values: Any) -> Attempt:
        """Keep a new attempt (fields of `Attempt` but the id) and return it with its id."""
        with self.lock:
            attempt = Attempt(id=uuid.uuid4().hex, **values)
            self._attempts[attempt.id] = attempt
            return attempt

    def attempt(self, attempt_id: str, exam_id: str | None = None) -> Attempt:
        """The attempt of that id (in that exam, if given). Raises UnknownIdError."""
        with self.lock:
            wanted = None if exam_id is None else self.exam(exam_id).id
            found = self._attempts.get(attempt_id)
        if found is None or wanted not in (None, found.exam_id):
            raise UnknownIdError(f"unknown attempt {attempt_id!r}")
        return found

    def attempts(self, exam_id: str | None = None) -> list[Attempt]:
        """All attempts, or those of one exam, in order of registration."""
        with self.lock:
            return [a for a in self._attempts.values() if exam_id in (None, a.exam_id)]

    def change_attempt(
        self, attempt_id: str, change: Callable[[Attempt], dict[str, Any]]
    ) -> Attempt:
        """Apply the field values `change` returns, atomically. Raises UnknownIdError."""
        with self.lock:
            old = self.attempt(attempt_id)
            new = replace(old, **change(old))
            self._attempts[attempt_id] = new
            return new

    def remove_attempt(self, attempt_id: str) -> None:
        """Forget one attempt. Raises UnknownIdError."""
        with self.lock:
            self.attempt(attempt_id)
            del self._attempts[attempt_id]

    def profile(self, pseudonym: str) -> Profile:
        """The learner's profile; an empty one for somebody never seen."""
        with self.lock:
            return self._profiles.get(pseudonym, Profile(pseudonym=pseudonym))

    def keep_profile(self, profile: Profile) -> None:
        """Store a profile in place of the learner's former one."""
        with self.lock:
            self._profiles[profile.pseudonym] = profile
            if profile.course_id is not None:
                self.meet(profile.course_id, profile.pseudonym)

    def meet(self, course_id: str, pseudonym: str) -> None:
        """Remember that this learner was seen in this course."""
        with self.lock:
            self._courses.setdefault(course_id, {})[pseudonym] = None

    def learners(self, course_id: str) -> list[str]:
        """Pseudonyms seen in a course, in order of appearance; none for an unknown course."""
        with self.lock:
            return list(self._courses.get(course_id, {}))

    def forget(self, pseudonym: str) -> bool:
        """Erase a learner everywhere (retirement); whether there was anything to erase."""
        with self.lock:
            gone = [a.id for a in self._attempts.values() if a.pseudonym == pseudonym]
            for attempt_id in gone:
                del self._attempts[attempt_id]
            had_profile = self._profiles.pop(pseudonym, None) is not None
            seen = [c.pop(pseudonym, "") is None for c in self._courses.values()]
            return bool(gone) or had_profile or any(seen)
