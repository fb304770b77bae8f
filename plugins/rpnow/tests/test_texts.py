"""What the plugin says, in the language of whoever reads it; its catalogues are complete."""

from __future__ import annotations

from dataclasses import replace

from proctor_hub import Attempt, Exam, ExamCodePlan, ExamType
from proctor_hub.testing.catalogues import problems
from proctor_hub_rpnow.plugin import RPNowPlugin


def test_every_text_is_translated() -> None:
    assert problems("proctor_hub_rpnow") == []


def test_the_steps_are_in_the_language_of_the_page(
    plugin: RPNowPlugin, exam: Exam, attempt: Attempt
) -> None:
    plan = plugin.launch_session(exam=exam, attempt=attempt, language="de-CH")
    assert isinstance(plan, ExamCodePlan)
    said = " ".join(plan.instructions)
    assert "mindestens 500 kbit/s" in said
    assert f"Regeln dieser Prüfung: {exam.custom_rules}" in said
    assert "Sie wird nicht benotet" not in said
    practice = replace(exam, exam_type=ExamType.PRACTICE)
    assert "Sie wird nicht benotet" in " ".join(
        plugin.learner_instructions(exam=practice, language="de").steps
    )
    assert plan.instructions != plugin.learner_instructions(exam=exam, language="fr").steps
