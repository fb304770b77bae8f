"""Courses and exams as the API shows and takes them (domain §7)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from proctor_hub.domain.words import ExamType
from proctor_hub.web.models_base import In, Moment, Out

Email = Annotated[str, Field(max_length=320)]


class CourseIn(In):
    """Settings of a course; what is left out keeps its value, or its default when new."""

    title: str = Field("", max_length=500, description="The course's name for people")
    proctoring_enabled: bool = Field(False, description="Whether proctored exams may be created")
    vendor: str | None = Field(None, description="The vendor account's slug")
    allow_opt_out: bool = Field(False, description="Whether learners may decline proctoring")
    escalation_email: Email = Field("", description="Required where the vendor demands it")
    starts_at: Moment | None = Field(None, description="When the course begins")
    ends_at: Moment | None = Field(None, description="When the course ends, and with it its exams")
    declined_exam_timed: bool = Field(
        False, description="Told to the LMS: a declined exam keeps its time limit"
    )
    decline_cascades: bool = Field(
        True, description="Declining one proctored exam declines the others not yet attempted"
    )


class CourseOut(Out):
    """A course and its settings."""

    course_id: str = Field(description="The LMS's id of the course")
    title: str
    proctoring_enabled: bool
    vendor: str | None = Field(description="The vendor account's slug; null: none chosen")
    allow_opt_out: bool
    escalation_email: str
    starts_at: datetime | None
    ends_at: datetime | None
    declined_exam_timed: bool
    decline_cascades: bool
    created_at: datetime


class _ExamFields(In):
    due_at: Moment | None = Field(None, description="When the exam is due")
    hide_after_due: bool = Field(False, description="Whether content is hidden after the due date")
    is_active: bool = Field(True, description="False: no new attempts")
    rules: dict[str, bool] = Field({}, description="Binary rules, in the vendor's keys")
    custom_rules: str = Field("", max_length=10_000, description="Free-text rules")


class ExamIn(_ExamFields):
    """A new exam."""

    content_id: str = Field(max_length=500, description="The LMS's id of the content")
    name: str = Field(max_length=500, description="The exam's name for people")
    exam_type: ExamType = Field(description="Cannot change once an attempt exists")
    time_limit_minutes: int = Field(ge=1, le=366 * 24 * 60, description="Without allowances")


class ExamChange(_ExamFields):
    """Changes of an exam; what is left out keeps its value."""

    content_id: str = Field("", max_length=500, description="The LMS's id of the content")
    name: str = Field("", max_length=500, description="The exam's name for people")
    exam_type: ExamType = Field(ExamType.TIMED, description="Cannot change once an attempt exists")
    time_limit_minutes: int = Field(1, ge=1, le=366 * 24 * 60, description="Without allowances")


class ExamOut(Out):
    """An exam."""

    id: int = Field(description="The hub's id of the exam; never used twice")
    course_id: str
    content_id: str
    name: str
    exam_type: ExamType
    time_limit_minutes: int
    due_at: datetime | None
    hide_after_due: bool
    is_active: bool
    vendor: str | None = Field(description="The vendor account it is pinned to; null for timed")
    external_id: str | None = Field(description="The vendor's id, once synced")
    rules: dict[str, bool]
    custom_rules: str
    created_at: datetime
    retired_at: datetime | None = Field(description="When a migration replaced or dropped it")


class RulesOut(Out):
    """The binary rules the course's vendor offers, as labelled by it."""

    known: bool = Field(description="False: the vendor does not answer and never did")
    labels: dict[str, str] = Field(description="Key and label; empty where it has no such rules")
