"""``retirements``: on both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from proctor_hub.app import build_hub
from proctor_hub.services import people
from proctor_hub.services.hub import Hub
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.retirement import retire
from proctor_hub.settings import HubSettings
from proctor_hub.storage.people import pseudonym_for
from tests.cli.conftest import Run, one_sentence
from tests.support import LMS, OPERATOR


@pytest.fixture
def retired(on_database: Run, folder: Path, install: Callable[..., None]) -> str:
    """Two retired learners that the vendor zenith, which is gone, knew; the id of the first."""
    hub = build_hub(HubSettings.load())
    try:
        first, _ = (erased(hub, user_id) for user_id in ("ada", "bob"))
        return first
    finally:
        hub.database.close()


def erased(hub: Hub, user_id: str) -> str:
    names = PersonSettings(username=user_id, email=f"{user_id}@x.example")
    pk = people.put_person(hub, LMS, user_id=user_id, settings=names).person.id
    hub.database.write(lambda conn: pseudonym_for(conn, pk, "zenith"))
    return retire(hub, OPERATOR, user_id=user_id).retired_id


def test_the_ledger_is_listed_shown_and_confirmed(on_database: Run, retired: str) -> None:
    listed = on_database("retirements", "list", "--limit", "1", "--json").json
    assert [one["complete"] for one in listed["items"]] == [False]
    rest = on_database("retirements", "list", "--cursor", listed["next_cursor"], "--json").json
    assert [one["retired_id"] for one in rest["items"]] == [retired]
    (receipt,) = on_database("retirements", "show", "ada", "--json").json["receipts"]
    assert (receipt["vendor"], receipt["confirmed"], receipt["tries"]) == ("zenith", False, 0)
    done = on_database("retirements", "confirm", retired, "zenith", "--note", "by letter")
    assert (done.status, done.err) == (0, "")
    assert f"{retired}: complete" in done.out
    assert "by letter" in on_database("retirements", "show", "ada").out
    table = on_database("retirements", "list").out
    assert retired in table and "ada" not in table.replace(retired, "")


def test_what_is_wrong_is_said_in_a_sentence(on_database: Run, retired: str) -> None:
    for args in (("show", "nobody"), ("confirm", "ada", "acme", "--note", "x")):
        done = on_database("retirements", *args)
        assert done.status == 1
        assert "there is no" in one_sentence(done)
    assert on_database("retirements", "confirm", "ada", "zenith").status == 2
