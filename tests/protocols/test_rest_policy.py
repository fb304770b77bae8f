"""Dashboard links, and the policy on reviews and decisions."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from proctor_hub import (
    AttemptStatus,
    Classification,
    DashboardEmbed,
    DashboardRequest,
    DashboardScope,
    DecisionKind,
    DecisionRequest,
    ExamType,
    ReviewFacts,
    ReviewStatus,
    Role,
    VendorProtocolError,
    Viewer,
)
from proctor_hub.protocols import RestProvider
from tests.protocols.rest_support import ATTEMPT, COURSE, EXAM, NOW, SECRET, Clock, account

VIEWER = Viewer(id="v-1", full_name="Prof", email="prof@uni.example", role="course_team")
PLUGIN: RestProvider = account()
COMMON = {
    "course_id": COURSE,
    "user": {"id": "v-1", "full_name": "Prof", "email": "prof@uni.example"},
    "iss": "the-hub",
    "exp": int(NOW.timestamp()) + 60,
}


def request(scope: DashboardScope, **fields: Any) -> DashboardRequest:
    given: dict[str, Any] = {"exam": EXAM, "attempt": ATTEMPT} | fields
    return DashboardRequest(scope=scope, course_id=COURSE, viewer=VIEWER, **given)


def claims(embed: DashboardEmbed) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a link, its signature checked."""
    (token,) = parse_qs(urlsplit(embed.url).query)["jwt"]
    decoded = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"])
    return decoded.header, decoded.claims


@pytest.mark.parametrize(
    ("scope", "extra"),
    [
        (DashboardScope.COURSE, {}),
        (DashboardScope.EXAM, {"exam_id": "e-1"}),
        (DashboardScope.ATTEMPT, {"exam_id": "e-1", "attempt_id": "a-1"}),
        (DashboardScope.CONFIGURATION, {"exam_id": "e-1", "config": True}),
    ],
)
def test_link_claims_exactly_its_scope(scope: DashboardScope, extra: dict[str, Any]) -> None:
    embed = PLUGIN.render_dashboard(request=request(scope))
    assert embed.url.startswith("https://vendor.example/api/v1/instructor/the-hub/?jwt=")
    assert embed.expires_at == NOW + timedelta(seconds=60)
    header, found = claims(embed)
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert found.pop("jti")
    assert found == COMMON | extra


def test_configuration_of_a_whole_course() -> None:
    embed = PLUGIN.render_dashboard(request=request(DashboardScope.CONFIGURATION, exam=None))
    found = claims(embed)[1]
    assert found["config"] is True
    assert "exam_id" not in found


def test_each_link_is_a_new_one() -> None:
    links = [PLUGIN.render_dashboard(request=request(DashboardScope.COURSE)) for _ in range(3)]
    assert len({claims(link)[1]["jti"] for link in links}) == 3


def test_expiry_is_a_whole_second_never_later_than_said() -> None:
    late = Clock(now=datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC))
    embed = account(clock=late).render_dashboard(request=request(DashboardScope.COURSE))
    assert claims(embed)[1]["exp"] == int(embed.expires_at.timestamp())
    assert embed.expires_at - late.now <= timedelta(seconds=60)


def test_client_id_is_quoted_in_the_path() -> None:
    plugin = account(client_id="a/b?c", instructor_path="/open/{client_id}/x")
    url = plugin.render_dashboard(request=request(DashboardScope.COURSE)).url
    assert url.startswith("https://vendor.example/open/a%2Fb%3Fc/x?jwt=")


@pytest.mark.parametrize(
    ("scope", "fields"),
    [
        (DashboardScope.EXAM, {"exam": None}),
        (DashboardScope.EXAM, {"exam": replace(EXAM, external_id=None)}),
        (DashboardScope.ATTEMPT, {"attempt": replace(ATTEMPT, external_id=None)}),
    ],
)
def test_what_the_vendor_does_not_know_has_no_dashboard(
    scope: DashboardScope, fields: dict[str, Any]
) -> None:
    with pytest.raises(VendorProtocolError, match="dashboard"):
        PLUGIN.render_dashboard(request=request(scope, **fields))


def test_secret_and_names_are_not_in_the_links_clear_text() -> None:
    url = PLUGIN.render_dashboard(request=request(DashboardScope.COURSE)).url
    assert SECRET not in url
    assert "prof" not in url.lower()
    assert SECRET not in repr(PLUGIN.settings)


@pytest.mark.parametrize(
    ("status", "exam_type", "expected"),
    [
        (ReviewStatus.PASSED, ExamType.PROCTORED, Classification.VERIFY),
        (ReviewStatus.VIOLATION, ExamType.PROCTORED, Classification.VERIFY),
        (ReviewStatus.SUSPICIOUS, ExamType.PROCTORED, Classification.SECOND_REVIEW_COURSE_TEAM),
        (ReviewStatus.NOT_REVIEWED, ExamType.PROCTORED, Classification.WAIT),
        (ReviewStatus.PASSED, ExamType.ONBOARDING, Classification.VERIFY),
        (ReviewStatus.VIOLATION, ExamType.ONBOARDING, Classification.VERIFY),
        (ReviewStatus.SUSPICIOUS, ExamType.ONBOARDING, Classification.REJECT),
        (ReviewStatus.NOT_REVIEWED, ExamType.ONBOARDING, Classification.WAIT),
    ],
)
def test_what_a_review_means(
    status: ReviewStatus, exam_type: ExamType, expected: Classification
) -> None:
    facts = ReviewFacts(
        status=status,
        exam_type=exam_type,
        attempt_status=AttemptStatus.SUBMITTED,
        incident_count=2,
        revision=1,
    )
    assert PLUGIN.classify_review(review=facts) is expected


def decide(role: Role, kind: DecisionKind, status: AttemptStatus) -> bool:
    decision = DecisionRequest(
        kind=kind, role=role, exam_type=ExamType.PROCTORED, attempt_status=status
    )
    permission = PLUGIN.authorize_decision(decision=decision)
    assert permission.allowed or permission.reason
    return permission.allowed


@pytest.mark.parametrize("kind", [DecisionKind.PASS, DecisionKind.FAIL])
@pytest.mark.parametrize(
    "status",
    [
        AttemptStatus.SECOND_REVIEW_REQUIRED,
        AttemptStatus.VERIFIED,
        AttemptStatus.REJECTED,
        AttemptStatus.ERROR,
    ],
)
def test_the_course_team_decides_and_nobody_else(kind: DecisionKind, status: AttemptStatus) -> None:
    assert [role for role in Role if decide(role, kind, status)] == [Role.COURSE_TEAM]


def test_nobody_escalates() -> None:
    status = AttemptStatus.SECOND_REVIEW_REQUIRED
    assert not any(decide(role, DecisionKind.ESCALATE, status) for role in Role)


def test_no_warning_about_the_key() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert PLUGIN.render_dashboard(request=request(DashboardScope.COURSE))
