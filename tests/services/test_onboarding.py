from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from proctor_hub import OnboardingPage, OnboardingQuery, VendorUnavailable, hookimpl
from proctor_hub.domain.words import OnboardingStatus, Role, Track
from proctor_hub.services import people
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Conflict, Forbidden, Invalid, NotFound, VendorDown
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.onboarding import (
    apply_onboarding_change,
    own_profile,
    panel,
    refresh,
)
from proctor_hub.services.people import PersonSettings
from proctor_hub.storage.onboarding import PanelFilter
from proctor_hub.storage.people import pseudonym_for
from proctor_hub.testing.fake_vendor import FakeVendor
from proctor_hub.vendors.launching import OnboardingProfile
from tests.support import LMS, OPERATOR, START, FakeClock, fake_vendor, make_hub, plugin_of

S = OnboardingStatus


class Telling(FakeVendor):
    """Tells the profiles a test gives it, two a page."""

    profiles: tuple[OnboardingProfile, ...] = ()

    @hookimpl
    def onboarding_status(self, query: OnboardingQuery) -> OnboardingPage:
        self.hear("onboarding_status", query=query)
        if query.pseudonym is not None:
            wanted = tuple(p for p in self.profiles if p.pseudonym == query.pseudonym)
            return OnboardingPage(profiles=wanted)
        start = int(query.cursor or 0)
        more = str(start + 2) if start + 2 < len(self.profiles) else None
        return OnboardingPage(profiles=self.profiles[start : start + 2], next_cursor=more)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    hub = make_hub(
        database_url,
        vendors={"acme": {"plugin": "telling"}, "plain": {"capabilities": []}},
        plugins=[plugin_of("telling", Telling)],
        clock=clock,
    )
    put_course(hub, LMS, course_id="c", settings=CourseSettings(vendor="acme"))
    put_course(hub, LMS, course_id="plain", settings=CourseSettings(vendor="plain"))
    yield hub
    hub.database.close()


def learner(hub: Hub, user_id: str, track: Track = Track.VERIFIED, **names: str) -> Actor:
    made = people.put_person(hub, LMS, user_id=user_id, settings=PersonSettings(**names))
    people.put_enrolment(hub, LMS, course_id="c", user_id=user_id, track=track)
    return Actor(role=Role.LEARNER, id=user_id, person_pk=made.person.id)


def tell(hub: Hub, who: Actor, status: S, expires_at: datetime | None = None) -> None:
    pk = who.person_pk
    assert pk is not None
    description = hub.vendors.get("acme").description

    def unit(conn: object) -> bool:
        name = pseudonym_for(conn, pk, "acme")  # type: ignore[arg-type]
        return apply_onboarding_change(
            conn,  # type: ignore[arg-type]
            "acme",
            name,
            status,
            expires_at,
            hub.now(),
            description,
        )

    assert hub.database.write(unit)


def status_of(hub: Hub, who: Actor) -> tuple[S, datetime | None, bool]:
    found = own_profile(hub, who, course_id="c", user_id=who.id)
    assert found.required
    return found.status, found.expires_at, found.may_retry


def test_an_approval_lasts_its_period_from_the_first_time_it_was_told(
    hub: Hub, clock: FakeClock
) -> None:
    ada = learner(hub, "ada")
    assert status_of(hub, ada) == (S.NOT_STARTED, None, False)
    tell(hub, ada, S.VERIFIED)
    year = START + timedelta(days=365)
    clock.move(days=300)
    tell(hub, ada, S.VERIFIED)
    assert status_of(hub, ada) == (S.VERIFIED, year, False)
    clock.move(days=65)
    assert status_of(hub, ada) == (S.EXPIRED, year, True)
    tell(hub, ada, S.SUBMITTED)
    tell(hub, ada, S.VERIFIED)
    assert status_of(hub, ada) == (S.VERIFIED, clock() + timedelta(days=365), False)


def test_the_vendors_own_date_wins_and_a_rejection_ends_it(hub: Hub, clock: FakeClock) -> None:
    ada = learner(hub, "ada")
    soon = START + timedelta(days=2)
    tell(hub, ada, S.VERIFIED, soon)
    tell(hub, ada, S.OTHER_COURSE_APPROVED)
    assert status_of(hub, ada) == (S.OTHER_COURSE_APPROVED, soon, False)
    tell(hub, ada, S.REJECTED)
    assert status_of(hub, ada) == (S.REJECTED, None, True)


def test_a_pseudonym_nobody_has_changes_nothing(hub: Hub) -> None:
    description = hub.vendors.get("acme").description
    known = hub.database.write(
        lambda conn: apply_onboarding_change(
            conn, "acme", "nobody", S.VERIFIED, None, START, description
        )
    )
    assert not known


def test_the_panel_filters_pages_and_shows_expired_ones(hub: Hub, clock: FakeClock) -> None:
    ada = learner(hub, "1", username="Ada", email="ada@x.example")
    ben = learner(hub, "2", username="ben_100%", email="ben@y.example")
    learner(hub, "3", username="carl", email="carl@x.example")
    learner(hub, "4", Track.AUDIT, username="dora")
    tell(hub, ada, S.VERIFIED, START + timedelta(days=1))
    tell(hub, ben, S.SUBMITTED)
    clock.move(days=2)

    def users(**only: object) -> list[str]:
        found = panel(hub, LMS, course_id="c", only=PanelFilter(**only))  # type: ignore[arg-type]
        return [row.user_id for row in found.items]

    assert users() == ["1", "2", "3"]
    assert users(status=S.EXPIRED) == users(username="aDA") == ["1"]
    assert users(status=S.VERIFIED) == []
    assert users(status=S.NOT_STARTED) == ["3"]
    assert users(email="X.EXAMPLE") == ["1", "3"]
    assert users(username="%") == ["2"]
    first = panel(hub, LMS, course_id="c", limit=2)
    second = panel(hub, LMS, course_id="c", limit=2, cursor=first.next_cursor)
    assert [row.user_id for row in second.items] == ["3"] and second.next_cursor is None
    with pytest.raises(Invalid):
        users(username="\0")


def test_only_those_entitled_see_it(hub: Hub) -> None:
    ada, ben = learner(hub, "1"), learner(hub, "2")
    with pytest.raises(Forbidden):
        panel(hub, ada, course_id="c")
    with pytest.raises(Forbidden):
        own_profile(hub, ada, course_id="c", user_id="2")
    with pytest.raises(NotFound):
        own_profile(hub, ada, course_id="plain", user_id="1")
    with pytest.raises(Forbidden):
        panel(hub, OPERATOR, course_id="c")
    with pytest.raises(Invalid):
        own_profile(hub, LMS, course_id="c")
    people.add_team_member(hub, LMS, course_id="c", user_id="2")
    assert len(panel(hub, ben, course_id="c").items) == 2
    assert not own_profile(hub, ben, course_id="c", user_id="1").may_retry


def test_refreshing_asks_the_vendor_page_by_page(hub: Hub) -> None:
    who = [learner(hub, str(n)) for n in range(3)]
    vendor = fake_vendor(hub)
    assert isinstance(vendor, Telling)
    names = [
        hub.database.write(lambda conn, pk=one.person_pk: pseudonym_for(conn, pk or 0, "acme"))
        for one in who
    ]
    vendor.profiles = (
        *(OnboardingProfile(pseudonym=name, status=S.SUBMITTED) for name in names),
        OnboardingProfile(pseudonym="stranger", status=S.VERIFIED),
    )
    assert refresh(hub, LMS, course_id="c") == 3
    vendor.profiles = (OnboardingProfile(pseudonym=names[0], status=S.VERIFIED),)
    assert refresh(hub, who[0], course_id="c", user_id="0") == 1
    assert [status_of(hub, one)[0] for one in who] == [S.VERIFIED, S.SUBMITTED, S.SUBMITTED]
    vendor.fail_with = VendorUnavailable("down")
    with pytest.raises(VendorDown):
        refresh(hub, LMS, course_id="c")
    with pytest.raises(Conflict):
        refresh(hub, LMS, course_id="plain")
