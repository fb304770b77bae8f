"""Moving a course to another vendor (domain §7)."""

from __future__ import annotations

from pydantic import Field

from proctor_hub.domain.words import ExamType, OnboardingStatus
from proctor_hub.services.migration_plan import ExamAction, ExamEffect, MigrationPlan
from proctor_hub.web.models_base import In, Out


class PlanIn(In):
    """To which vendor."""

    vendor: str = Field(max_length=100, description="The new vendor account's slug")


class ExecuteIn(PlanIn):
    """To which vendor, by which plan."""

    digest: str = Field(max_length=200, description="Of the plan you saw; 409 if it is another now")


class ExamEffectOut(Out):
    """What the migration does to one exam; it is retired in any case."""

    exam_id: int
    content_id: str
    name: str
    exam_type: ExamType
    action: ExamAction
    new_type: ExamType | None = Field(description="Of the exam that replaces it; null: dropped")
    rules_lost: list[str] = Field(description="Binary rules the new vendor does not have")
    custom_rules_lost: bool
    archived: int = Field(description="Unstarted attempts that are archived")
    running: int = Field(description="Attempts that finish with the old vendor")
    finished: int = Field(description="Learners who are not offered the new exam")
    allowances: int = Field(description="How many are copied")


class MigrationOut(Out):
    """A plan, or what was done by it."""

    course_id: str
    from_vendor: str | None
    to_vendor: str
    exams: list[ExamEffectOut]
    learners_to_onboard: int = Field(description="How many need onboarding with the new vendor")
    digest: str = Field(description="Send it to execute exactly this plan")


class LearnerToOnboard(Out):
    """A learner who will need onboarding with the new vendor."""

    user_id: str
    username: str
    email: str
    status: OnboardingStatus


def migration_out(plan: MigrationPlan) -> MigrationOut:
    """A plan as JSON."""
    return MigrationOut(
        course_id=plan.course_id,
        from_vendor=plan.from_vendor,
        to_vendor=plan.to_vendor,
        exams=[_effect(effect) for effect in plan.exams],
        learners_to_onboard=plan.learners_to_onboard,
        digest=plan.digest,
    )


def _effect(effect: ExamEffect) -> ExamEffectOut:
    return ExamEffectOut(
        exam_id=effect.exam_pk,
        content_id=effect.content_id,
        name=effect.name,
        exam_type=effect.exam_type,
        action=effect.action,
        new_type=effect.new_type,
        rules_lost=list(effect.rules_lost),
        custom_rules_lost=effect.custom_rules_lost,
        archived=len(effect.archived),
        running=effect.running,
        finished=effect.finished,
        allowances=effect.allowances,
    )
