from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import Role, Track
from proctor_hub.services import people
from proctor_hub.services.authorize import PERMISSIONS, Permission, ensure, ensure_own, roles_in
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.retirement import retire
from proctor_hub.storage.people import by_id, person_of, pseudonym_for, pseudonyms_of, track_of
from proctor_hub.storage.tables import pseudonyms
from tests.support import LMS, OPERATOR, make_hub


@pytest.fixture
def hub(database_url: str) -> Iterator[Hub]:
    hub = make_hub(database_url)
    put_course(hub, LMS, course_id="c", settings=CourseSettings())
    yield hub
    hub.database.close()


def put(hub: Hub, user_id: str = "u1", **settings: str) -> int:
    made = people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings(**settings))
    return made.person.id


def test_a_person_is_made_once_and_changed_in_part(hub: Hub) -> None:
    put(hub, username="ada", email="ada@x.example")
    again = people.put_person(hub, LMS, user_id="u1", settings=PersonSettings(full_name="Ada L"))
    assert not again.created
    person = people.get_person(hub, LMS, user_id="u1")
    assert (person.username, person.full_name, person.email) == ("ada", "Ada L", "ada@x.example")
    with pytest.raises(Invalid) as wrong:
        put(hub, username="a\ud800")
    assert set(wrong.value.fields) == {"username"}
    with pytest.raises(NotFound):
        people.get_person(hub, LMS, user_id="nul\0")


def test_a_language_is_a_tag_and_goes_with_the_learner(hub: Hub) -> None:
    pk = put(hub, language="de-AT")
    put(hub, username="ada")
    assert people.get_person(hub, LMS, user_id="u1").language == "de-AT"
    for wrong in ("de_AT", "german please", "d" * 36):
        with pytest.raises(Invalid) as refused:
            put(hub, username="changed", language=wrong)
        assert set(refused.value.fields) == {"language"}
    assert people.get_person(hub, LMS, user_id="u1").username == "ada"
    put(hub, language="")
    assert people.get_person(hub, LMS, user_id="u1").language == ""
    put(hub, language="de")
    retire(hub, OPERATOR, user_id="u1")
    with hub.database.read() as conn:
        gone = by_id(conn, pk)
    assert gone is not None and gone.language == ""


def test_people_see_themselves_and_nobody_else(hub: Hub) -> None:
    learner = Actor(role=Role.LEARNER, id="u1", person_pk=put(hub))
    put(hub, "u2")
    assert people.get_person(hub, learner, user_id="u1").user_id == "u1"
    with pytest.raises(NotFound):
        people.get_person(hub, learner, user_id="u2")
    with pytest.raises(Forbidden):
        people.put_person(hub, learner, user_id="u1", settings=PersonSettings(username="x"))


def test_enrolments_and_teams_are_paged(hub: Hub) -> None:
    for n in range(3):
        put(hub, f"u{n}", username=f"name{n}")
        people.put_enrolment(hub, LMS, course_id="c", user_id=f"u{n}", track=Track.AUDIT)
    people.put_enrolment(hub, LMS, course_id="c", user_id="u1", track=Track.VERIFIED)
    first = people.list_enrolments(hub, LMS, course_id="c", limit=2)
    second = people.list_enrolments(hub, LMS, course_id="c", limit=2, cursor=first.next_cursor)
    tracks = [(e.user_id, e.track) for e in (*first.items, *second.items)]
    assert tracks == [("u0", "audit"), ("u1", "verified"), ("u2", "audit")]
    people.remove_enrolment(hub, LMS, course_id="c", user_id="u0")
    with pytest.raises(NotFound):
        people.remove_enrolment(hub, LMS, course_id="c", user_id="u0")
    with hub.database.read() as conn:
        assert track_of(conn, 1, first.items[0].person_pk) is None
    assert people.add_team_member(hub, LMS, course_id="c", user_id="u2")
    assert not people.add_team_member(hub, LMS, course_id="c", user_id="u2")
    assert [p.user_id for p in people.list_team(hub, LMS, course_id="c").items] == ["u2"]
    people.remove_team_member(hub, LMS, course_id="c", user_id="u2")
    with pytest.raises(NotFound):
        people.remove_team_member(hub, LMS, course_id="c", user_id="u2")


def test_roles_come_from_stored_membership_never_from_the_actor(hub: Hub) -> None:
    pretender = Actor(
        role=Role.OPERATOR, id="u1", person_pk=put(hub), roles=frozenset({Role.OPERATOR})
    )
    with hub.database.read() as conn:
        assert roles_in(conn, pretender, 1) == frozenset()
        with pytest.raises(NotFound):
            ensure(conn, pretender, Permission.SEE_COURSE, 1, hidden_as=("course", "c"))
    people.put_enrolment(hub, LMS, course_id="c", user_id="u1", track=Track.AUDIT)
    with hub.database.read() as conn, pytest.raises(Forbidden):
        ensure(conn, pretender, Permission.SEE_COURSE, 1, hidden_as=("course", "c"))
    assert people.grant_staff(hub, OPERATOR, user_id="u1", role=Role.SUPPORT)
    with hub.database.read() as conn:
        assert roles_in(conn, pretender, 1) == {Role.SUPPORT, Role.LEARNER}
        assert ensure(conn, pretender, Permission.DECIDE, 1) == {Role.SUPPORT}
        with pytest.raises(Forbidden):
            ensure(conn, pretender, Permission.SET_COURSE, 1)
    people.revoke_staff(hub, OPERATOR, user_id="u1", role=Role.SUPPORT)
    with hub.database.read() as conn, pytest.raises(Forbidden):
        ensure(conn, pretender, Permission.DECIDE, 1)
    with pytest.raises(NotFound):
        ensure_own(pretender, 999, kind="attempt", name="X")


def test_only_operators_make_staff_and_the_list_is_paged(hub: Hub) -> None:
    put(hub)
    with pytest.raises(Forbidden):
        people.grant_staff(hub, LMS, user_id="u1", role=Role.SUPPORT)
    with pytest.raises(Invalid):
        people.grant_staff(hub, OPERATOR, user_id="u1", role=Role.COURSE_TEAM)
    for role in (Role.SUPPORT, Role.OPERATOR):
        people.grant_staff(hub, OPERATOR, user_id="u1", role=role)
    first = people.list_staff(hub, OPERATOR, limit=1)
    second = people.list_staff(hub, OPERATOR, limit=1, cursor=first.next_cursor)
    assert [m.role for m in (*first.items, *second.items)] == [Role.OPERATOR, Role.SUPPORT]
    assert second.next_cursor is None


def test_operators_decide_nothing_and_machines_have_their_own_role_only() -> None:
    assert Permission.DECIDE not in PERMISSIONS[Role.OPERATOR]
    assert Permission.SET_STAFF not in PERMISSIONS[Role.LMS]
    assert PERMISSIONS[Role.VENDOR] == PERMISSIONS[Role.CLOCK] == frozenset()


def test_a_race_for_a_pseudonym_ends_in_one(hub: Hub) -> None:
    pk = put(hub)

    def one(_: int) -> str:
        return hub.database.write(lambda conn: pseudonym_for(conn, pk, "acme"))

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(one, range(12)))
    assert len(found) == 1
    name = found.pop()
    other = hub.database.write(lambda conn: pseudonym_for(conn, pk, "zenith"))
    assert other != name and "u1" not in name
    with hub.database.read() as conn:
        assert person_of(conn, "acme", name) == pk
        assert person_of(conn, "zenith", name) is None
        assert pseudonyms_of(conn, pk) == {"acme": name, "zenith": other}
        assert conn.scalar(sa.select(sa.func.count()).select_from(pseudonyms)) == 2
