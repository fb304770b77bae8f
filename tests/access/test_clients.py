from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from proctor_hub.domain.words import Role
from proctor_hub.services.access import clients, tokens
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.access.tokens import Caller
from proctor_hub.services.errors import Forbidden, Invalid, NotFound
from proctor_hub.services.hub import Hub
from proctor_hub.services.people import PersonSettings, grant_staff, put_person, revoke_staff
from proctor_hub.storage import clients as store
from tests.support import LMS, OPERATOR, FakeClock, a_hub


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, clock: FakeClock) -> Iterator[Hub]:
    with a_hub(database_url, clock=clock) as made:
        yield made


def _caller(client: clients.Client) -> Caller:
    return Caller(client=client, actor=clients.actor_of(client))


def test_a_secret_is_shown_once_and_not_stored(hub: Hub) -> None:
    made = clients.create(hub, OPERATOR, ClientKind.LMS, name="the LMS")
    assert clients.authenticate(hub, made.client.client_id, made.secret) == made.client
    assert clients.authenticate(hub, made.client.client_id, made.secret + "x") is None
    assert clients.authenticate(hub, "unknown", made.secret) is None
    with hub.database.read() as conn:
        row = store.by_client_id(conn, made.client.client_id)
    assert made.secret not in repr(row) + repr(made)


def test_a_rotated_secret_works_on_for_the_overlap(hub: Hub, clock: FakeClock) -> None:
    first = clients.create(hub, OPERATOR, ClientKind.LMS)
    name = first.client.client_id
    second = clients.rotate(hub, OPERATOR, name, overlap=timedelta(hours=1))
    assert clients.authenticate(hub, name, first.secret)
    assert clients.authenticate(hub, name, second.secret)
    clock.move(hours=1)
    assert clients.authenticate(hub, name, first.secret) is None
    assert clients.authenticate(hub, name, second.secret)


def test_a_revoked_client_stops_at_once(hub: Hub) -> None:
    made = clients.create(hub, OPERATOR, ClientKind.LMS)
    token = tokens.access_token(hub, made.client).text
    assert tokens.caller_of(hub, token)
    clients.revoke(hub, OPERATOR, made.client.client_id)
    assert tokens.caller_of(hub, token) is None
    assert clients.authenticate(hub, made.client.client_id, made.secret) is None
    for change in (clients.revoke, clients.rotate):
        with pytest.raises(NotFound):
            change(hub, OPERATOR, made.client.client_id)


def test_a_vendors_client_belongs_to_one_account(hub: Hub) -> None:
    made = clients.create(hub, OPERATOR, ClientKind.VENDOR, vendor="acme").client
    assert made.vendor == "acme"
    for kind, vendor in (
        (ClientKind.VENDOR, None),
        (ClientKind.VENDOR, "nobody"),
        (ClientKind.LMS, "acme"),
    ):
        with pytest.raises(Invalid):
            clients.create(hub, OPERATOR, kind, vendor=vendor)


def test_clients_are_listed_page_by_page(hub: Hub) -> None:
    made = [clients.create(hub, OPERATOR, ClientKind.OPERATOR).client for _ in range(3)]
    first = clients.list_clients(hub, OPERATOR, limit=2)
    second = clients.list_clients(hub, OPERATOR, cursor=first.next_cursor, limit=2)
    assert [*first.items, *second.items] == made
    assert second.next_cursor is None


def test_an_access_token_expires(hub: Hub, clock: FakeClock) -> None:
    client = clients.create(hub, OPERATOR, ClientKind.LMS).client
    token = tokens.access_token(hub, client).text
    clock.move(minutes=59)
    assert tokens.caller_of(hub, token)
    clock.move(minutes=1)
    assert tokens.caller_of(hub, token) is None


def test_a_token_of_nobody_is_nobodys(hub: Hub) -> None:
    client = clients.create(hub, OPERATOR, ClientKind.LMS).client
    token = tokens.access_token(hub, client).text
    header, payload, signature = token.split(".")
    unsigned = "eyJhbGciOiJub25lIn0"
    for wrong in (
        "",
        "x",
        "a.b.c",
        f"{header}.{payload}.",
        f"{unsigned}.{payload}.",
        f"{header}.{payload}.{signature[:-2]}xx",
        "x" * 10_000,
    ):
        assert tokens.caller_of(hub, wrong) is None


def test_a_persons_roles_are_read_at_each_call(hub: Hub, clock: FakeClock) -> None:
    lms = _caller(clients.create(hub, OPERATOR, ClientKind.LMS).client)
    put_person(hub, LMS, user_id="sue", settings=PersonSettings(username="sue"))
    token = tokens.person_token(hub, lms, "sue").text

    def roles() -> frozenset[Role]:
        found = tokens.caller_of(hub, token)
        assert found is not None
        assert found.is_person
        return found.actor.roles

    assert roles() == frozenset()
    grant_staff(hub, OPERATOR, user_id="sue", role=Role.SUPPORT)
    assert roles() == {Role.SUPPORT}
    revoke_staff(hub, OPERATOR, user_id="sue", role=Role.SUPPORT)
    assert roles() == frozenset()
    clock.move(minutes=5)
    assert tokens.caller_of(hub, token) is None


def test_only_the_lms_gets_person_tokens(hub: Hub) -> None:
    put_person(hub, LMS, user_id="sue", settings=PersonSettings())
    lms = _caller(clients.create(hub, OPERATOR, ClientKind.LMS).client)
    operator = _caller(clients.create(hub, OPERATOR, ClientKind.OPERATOR).client)
    person = tokens.caller_of(hub, tokens.person_token(hub, lms, "sue").text)
    assert person is not None
    for other in (operator, person):
        with pytest.raises(Forbidden):
            tokens.person_token(hub, other, "sue")
    with pytest.raises(NotFound):
        tokens.person_token(hub, lms, "nobody")


def test_a_persons_token_ends_with_its_client(hub: Hub) -> None:
    put_person(hub, LMS, user_id="sue", settings=PersonSettings())
    client = clients.create(hub, OPERATOR, ClientKind.LMS).client
    token = tokens.person_token(hub, _caller(client), "sue").text
    clients.revoke(hub, OPERATOR, client.client_id)
    assert tokens.caller_of(hub, token) is None
