"""Users, enrolments, course teams, person tokens."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from proctor_hub.domain.language import TAG_MAX
from proctor_hub.domain.words import Role, Track
from proctor_hub.web.launching import LaunchPage
from proctor_hub.web.models_base import In, Out


class PersonIn(In):
    """What the LMS says of a user; what is left out keeps its value."""

    username: str = Field("", max_length=500)
    full_name: str = Field("", max_length=500)
    email: str = Field("", max_length=500)
    language: str = Field(
        "",
        max_length=TAG_MAX,
        description="In which the user is written to, BCP 47; empty: the site's language",
    )


class LaunchLinkIn(In):
    """Which of your users, what they may be, and where they go."""

    user_id: str = Field(description="The LMS's id of the user")
    page: LaunchPage = Field(LaunchPage.HOME, description="Where the link leads")
    course_id: str | None = Field(
        None, description="Nothing of other courses; required by the pages of a course"
    )
    exam_id: int | None = Field(None, ge=1, description="Of page exam")
    attempt_code: str | None = Field(None, max_length=100, description="Of page attempt")
    roles: list[Role] = Field(
        [], description="None but these, of those the user has; empty: all they have"
    )


class LaunchLinkOut(Out):
    """Send the user's browser there: it works once."""

    url: str
    expires_at: datetime


class PersonOut(Out):
    """A user of the LMS."""

    user_id: str = Field(description="The LMS's id of the user")
    username: str
    full_name: str
    email: str
    language: str
    created_at: datetime


class EnrolmentIn(In):
    """A learner's track in a course."""

    track: Track = Field(description="Only `verified` may take proctored and onboarding exams")


class EnrolmentOut(Out):
    """A learner of a course."""

    user_id: str
    username: str
    track: Track


class TeamMemberOut(Out):
    """A member of a course's team."""

    user_id: str
    username: str
    full_name: str
    email: str


class Membership(Out):
    """Somebody is on the course's team."""

    user_id: str
    course_id: str
    added: bool = Field(description="False: was on it already")


class StaffOut(Out):
    """Somebody with a role that holds in all courses."""

    user_id: str
    role: Role


class PersonTokenIn(In):
    """For whom the LMS wants a token."""

    user_id: str = Field(max_length=255, description="The LMS's id of one of its users")


class PersonToken(Out):
    """A token with which a person acts, for five minutes."""

    token: str = Field(description="Send it as `Authorization: Bearer <token>`")
    expires_in: int = Field(description="Seconds it holds")
