"""What Proctortrack has that the REST provider protocol leaves open: constants, one field."""

from __future__ import annotations

from proctor_hub import Attempt

from .texts import TEXTS

NAME = "Proctortrack"
TOKEN_PATH = "/edx/oauth2/access_token"  # noqa: S105 - a path, no secret
INSTRUCTOR_PATH = "/launch/edx/instructor/{client_id}/"
SECOND_REVIEW = TEXTS.told(
    "Suspicious reviews go to the course team, which passes or fails, here or in the vendor's "
    "dashboard."
)
LAUNCH_SUMMARY = TEXTS.told(
    "The learner downloads the app by a link and follows numbered steps until it says that the "
    "session is ready."
)
LEARNER_TOOL = TEXTS.told(
    "The vendor's desktop app, a webcam, and an ordinary browser, in which the exam is taken."
)


def return_url_field(attempt: Attempt) -> dict[str, str]:
    """``exam_return_url`` of a registration, where the host gave one."""
    return {"exam_return_url": attempt.return_url} if attempt.return_url else {}
