"""Users, enrolments, course teams, and the tokens with which people act."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from proctor_hub.services import people
from proctor_hub.services.access import launch_links, tokens
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage.people import Enrolment, Person
from proctor_hub.web.context import TheActor, TheCaller, TheHub
from proctor_hub.web.launching import path_of
from proctor_hub.web.models_base import Cursor, Limit, PageOf, page_of
from proctor_hub.web.models_people import (
    EnrolmentIn,
    EnrolmentOut,
    LaunchLinkIn,
    LaunchLinkOut,
    Membership,
    PersonIn,
    PersonOut,
    PersonToken,
    PersonTokenIn,
    StaffOut,
    TeamMemberOut,
)

router = APIRouter(tags=["people"])


@router.post(
    "/person-tokens",
    summary="Get a token with which one of your users acts",
    status_code=201,
    tags=["access"],
)
def create_person_token(body: PersonTokenIn, hub: TheHub, caller: TheCaller) -> PersonToken:
    """For LMS clients only; holds five minutes. Roles are read from storage at each call."""
    token = tokens.person_token(hub, caller, body.user_id)
    return PersonToken(token=token.text, expires_in=int(token.lifetime.total_seconds()))


@router.post(
    "/launch-links",
    summary="Get a one-time link that signs one of your users in to a page",
    status_code=201,
    tags=["access"],
)
def create_launch_link(body: LaunchLinkIn, hub: TheHub, caller: TheCaller) -> LaunchLinkOut:
    """For LMS clients only. Send the user's browser there, alone or in a frame: the link works
    once, for two minutes."""
    target = path_of(
        body.page,
        course_id=body.course_id,
        exam_id=body.exam_id,
        attempt_code=body.attempt_code,
    )
    link = launch_links.for_lms(
        hub,
        caller,
        user_id=body.user_id,
        target=target,
        course_id=body.course_id,
        roles=body.roles,
    )
    return LaunchLinkOut(url=link.url, expires_at=link.expires_at)


@router.put(
    "/people/{user_id:id}",
    summary="Tell the hub of a user",
    responses={201: {"model": PersonOut, "description": "Created"}},
)
def put_person(
    user_id: str, body: PersonIn, hub: TheHub, actor: TheActor, response: Response
) -> PersonOut:
    """Names, e-mail and language as the LMS has them; 409 for a retired user."""
    given: dict[str, Any] = body.given()
    done = people.put_person(hub, actor, user_id=user_id, settings=PersonSettings(**given))
    response.status_code = 201 if done.created else 200
    return _person(done.person)


@router.get("/people/{user_id:id}", summary="A user")
def get_person(user_id: str, hub: TheHub, actor: TheActor) -> PersonOut:
    """For the LMS and operators; anybody may see themselves."""
    return _person(people.get_person(hub, actor, user_id=user_id))


@router.get("/courses/{course_id:id}/enrolments", summary="List a course's learners")
def list_enrolments(
    course_id: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[EnrolmentOut]:
    """With their tracks."""
    page = people.list_enrolments(hub, actor, course_id=course_id, cursor=cursor, limit=limit)
    return page_of(page, _enrolment)


@router.put("/courses/{course_id:id}/enrolments/{user_id:id}", summary="Enrol a learner")
def put_enrolment(
    course_id: str, user_id: str, body: EnrolmentIn, hub: TheHub, actor: TheActor
) -> EnrolmentOut:
    """Or change their track."""
    done = people.put_enrolment(hub, actor, course_id=course_id, user_id=user_id, track=body.track)
    return _enrolment(done)


@router.delete(
    "/courses/{course_id:id}/enrolments/{user_id:id}", summary="End an enrolment", status_code=204
)
def remove_enrolment(course_id: str, user_id: str, hub: TheHub, actor: TheActor) -> None:
    """Attempts stay."""
    people.remove_enrolment(hub, actor, course_id=course_id, user_id=user_id)


@router.get("/courses/{course_id:id}/team", summary="List a course's team")
def list_team(
    course_id: str, hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[TeamMemberOut]:
    """Who may act as course team there."""
    page = people.list_team(hub, actor, course_id=course_id, cursor=cursor, limit=limit)
    return page_of(page, _member)


@router.put("/courses/{course_id:id}/team/{user_id:id}", summary="Put a user on the course team")
def add_team_member(course_id: str, user_id: str, hub: TheHub, actor: TheActor) -> Membership:
    """By the LMS."""
    added = people.add_team_member(hub, actor, course_id=course_id, user_id=user_id)
    return Membership(user_id=user_id, course_id=course_id, added=added)


@router.delete(
    "/courses/{course_id:id}/team/{user_id:id}",
    summary="Take a user off the course team",
    status_code=204,
)
def remove_team_member(course_id: str, user_id: str, hub: TheHub, actor: TheActor) -> None:
    """At once: their next call has the role no more."""
    people.remove_team_member(hub, actor, course_id=course_id, user_id=user_id)


@router.get("/staff", summary="List support and operators")
def list_staff(
    hub: TheHub, actor: TheActor, cursor: Cursor = None, limit: Limit = None
) -> PageOf[StaffOut]:
    """For operators; granted and revoked on the command line."""
    page = people.list_staff(hub, actor, cursor=cursor, limit=limit)
    return page_of(page, lambda member: StaffOut(user_id=member.user_id, role=member.role))


def _person(person: Person) -> PersonOut:
    return PersonOut.model_validate({n: getattr(person, n) for n in PersonOut.model_fields})


def _member(person: Person) -> TeamMemberOut:
    values = {n: getattr(person, n) for n in TeamMemberOut.model_fields}
    return TeamMemberOut.model_validate(values)


def _enrolment(one: Enrolment) -> EnrolmentOut:
    return EnrolmentOut(user_id=one.user_id, username=one.username, track=one.track)
