"""``[pages]``: what people see in a browser."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict

from proctor_hub.domain.language import is_language_tag
from proctor_hub.settings_tables import exam_url_template


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.netloc or "*" in value:
        raise ValueError("must be an origin such as https://lms.example.edu")
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        raise ValueError("must be scheme, host and port alone, such as https://lms.example.edu")
    return f"{parts.scheme}://{parts.netloc}".lower()


def _language(value: str) -> str:
    if not is_language_tag(value):
        raise ValueError("must be a language tag such as en or de")
    return value


class PageSettings(BaseModel):
    """What people see.

    :param language: of pages where neither person nor browser asks for one there is.
    :param content_url: where the LMS shows an exam's questions, with ``{course_id}``,
        ``{content_id}`` and ``{attempt_code}``: the exam page frames it. Empty: the exam page sends
        the learner to the course.
    :param frames: shell pattern of course ids to the origins whose pages may frame the hub's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Annotated[str, AfterValidator(_language)] = "en"
    content_url: Annotated[str, AfterValidator(exam_url_template)] = ""
    frames: dict[str, tuple[Annotated[str, AfterValidator(_origin)], ...]] = {}
