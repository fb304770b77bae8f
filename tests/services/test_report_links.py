from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from proctor_hub.domain.report import ReportKind, ReportStatus
from proctor_hub.domain.words import Role
from proctor_hub.services import people
from proctor_hub.services.access import clients
from proctor_hub.services.access.clients import ClientKind
from proctor_hub.services.courses import CourseSettings, put_course
from proctor_hub.services.errors import Conflict, Forbidden, Gone, NotFound, StorageDown
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.services.keyring import Key, Keyring
from proctor_hub.services.people import PersonSettings
from proctor_hub.services.report_links import make_link, open_link
from proctor_hub.services.reports import Report, request_report
from proctor_hub.services.retirement import retire
from proctor_hub.storage import audit
from proctor_hub.storage import reports as store
from proctor_hub.storage.audit import AuditFilter
from proctor_hub.storage.report_files import ReportFiles
from proctor_hub.storage.tables import reports as table
from tests.jobs.running import WaitingJobs
from tests.support import LMS, OPERATOR, FakeClock, a_hub


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def hub(database_url: str, tmp_path: Path, clock: FakeClock) -> Iterator[Hub]:
    parts = {"jobs": WaitingJobs(), "report_files": ReportFiles(str(tmp_path / "reports"))}
    with a_hub(database_url, clock=clock, parts=parts) as hub:
        put_course(hub, LMS, course_id="c", settings=CourseSettings())
        yield hub


@pytest.fixture
def tom(hub: Hub) -> Actor:
    """Of the course's team."""
    made = people.put_person(hub, LMS, user_id="tom", settings=PersonSettings(email="t@x.example"))
    people.add_team_member(hub, LMS, course_id="c", user_id="tom")
    return Actor(role=Role.LEARNER, id="tom", person_pk=made.person.id)


@pytest.fixture
def report(hub: Hub) -> Report:
    """A ready one."""
    asked = request_report(hub, OPERATOR, "c", ReportKind.RESULTS)
    now = hub.now()
    run = hub.database.write(lambda conn: store.claim(conn, asked.id, now))
    assert run is not None
    assert hub.report_files is not None
    with hub.report_files.writing(asked.code, "1.csv") as put:
        put(b"some rows")
    facts: dict[str, Any] = {"rows": 1, "size": 9, "file_name": "f.csv", "file_key": "1.csv"}
    until = now + timedelta(days=30)
    assert hub.database.write(
        lambda conn: store.finish(conn, run, **facts, now=now, expires_at=until)
    )
    return asked


def token_of(hub: Hub, actor: Actor, report: Report) -> str:
    link = make_link(hub, actor, report.code)
    address = urlsplit(link.url)
    assert f"{address.scheme}://{address.netloc}{address.path}" == (
        "https://hub.example/reports/download"
    )
    assert link.expires_at - hub.now() == timedelta(minutes=5)
    assert link.url not in repr(link)
    return parse_qs(address.query)["token"][0]


@contextmanager
def refused(kind: type[Exception], code: str) -> Iterator[None]:
    with pytest.raises(kind) as caught:
        yield
    assert caught.value.problem_code == code  # type: ignore[attr-defined]


def changed(hub: Hub, **values: Any) -> None:
    hub.database.write(lambda conn: conn.execute(table.update().values(**values)))


def test_a_link_leads_to_the_file_for_five_minutes(
    hub: Hub, tom: Actor, report: Report, clock: FakeClock
) -> None:
    token = token_of(hub, tom, report)
    clock.move(minutes=5)
    found = open_link(hub, token)
    assert (found.file_name, found.size, b"".join(found.chunks)) == ("f.csv", 9, b"some rows")
    clock.move(seconds=1)
    with refused(Gone, "link_expired"):
        open_link(hub, token)
    assert open_link(hub, token_of(hub, tom, report)).size == 9


def test_a_link_names_nobody(hub: Hub, tom: Actor, report: Report) -> None:
    token = token_of(hub, tom, report)
    assert "tom" not in token
    assert "x.example" not in token
    with hub.database.read() as conn:
        (line,), _ = audit.page(conn, AuditFilter(), before=None, count=1)
    assert (line.action, line.subject, line.actor) == ("report.linked", report.code, "tom")


def test_what_is_changed_or_made_up_is_refused(hub: Hub, tom: Actor, report: Report) -> None:
    token = token_of(hub, tom, report)
    stranger = replace(hub, keyring=Keyring([Key("test", b"x" * 32)]))
    at = token.rindex(".") + 1  # the signature's first character: its last has spare bits
    odd = [
        token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :],
        f"a{token}",
        "",
        "x.y.z",
        "é",
        "a" * 5000,
    ]
    for one in [*odd, token_of(stranger, tom, report)]:
        with refused(Forbidden, "link_not_valid"):
            open_link(hub, one)


def test_a_key_that_was_put_first_signs_and_the_old_one_is_still_believed(
    hub: Hub, tom: Actor, report: Report
) -> None:
    old = token_of(hub, tom, report)
    rotated = replace(hub, keyring=Keyring([Key("new", b"n" * 32), Key("test", b"k" * 32)]))
    assert open_link(rotated, old).size == 9
    with refused(Forbidden, "link_not_valid"):
        open_link(hub, token_of(rotated, tom, report))


def test_who_lost_the_right_has_no_link_either(hub: Hub, tom: Actor, report: Report) -> None:
    token = token_of(hub, tom, report)
    people.remove_team_member(hub, LMS, course_id="c", user_id="tom")
    with refused(Forbidden, "forbidden"):
        open_link(hub, token)
    with pytest.raises(NotFound):
        make_link(hub, tom, report.code)


def test_a_retired_requester_has_no_link(hub: Hub, tom: Actor, report: Report) -> None:
    token = token_of(hub, tom, report)
    retire(hub, OPERATOR, user_id="tom")
    with refused(Forbidden, "forbidden"):
        open_link(hub, token)


def test_a_machine_has_links_until_it_is_revoked(hub: Hub, report: Report) -> None:
    client = clients.create(hub, OPERATOR, ClientKind.OPERATOR).client
    token = token_of(hub, clients.actor_of(client), report)
    assert open_link(hub, token).size == 9
    clients.revoke(hub, OPERATOR, client.client_id)
    with refused(Forbidden, "forbidden"):
        open_link(hub, token)
    lms = clients.create(hub, OPERATOR, ClientKind.LMS).client
    with pytest.raises(Forbidden):
        make_link(hub, clients.actor_of(lms), report.code)


def test_a_link_is_of_its_report_s_course(hub: Hub, tom: Actor, report: Report) -> None:
    put_course(hub, LMS, course_id="d", settings=CourseSettings())
    token = token_of(hub, tom, report)
    changed(hub, course_pk=2)
    with refused(Forbidden, "link_not_valid"):
        open_link(hub, token)


@pytest.mark.parametrize("status", [one for one in ReportStatus if one is not ReportStatus.READY])
def test_only_ready_reports_are_handed_out(
    hub: Hub, tom: Actor, report: Report, status: ReportStatus
) -> None:
    token = token_of(hub, tom, report)
    changed(hub, status=status)
    with refused(Gone, "report_gone"):
        open_link(hub, token)
    with refused(Conflict, "report_not_ready"):
        make_link(hub, tom, report.code)


def test_a_report_that_is_over_is_not_handed_out_before_it_is_removed(
    hub: Hub, tom: Actor, report: Report
) -> None:
    token = token_of(hub, tom, report)
    changed(hub, expires_at=hub.now())
    with refused(Gone, "report_gone"):
        open_link(hub, token)


def test_a_file_that_is_gone_or_cannot_be_read(
    hub: Hub, tom: Actor, report: Report, tmp_path: Path
) -> None:
    token = token_of(hub, tom, report)
    place = tmp_path / "reports" / report.code
    (place / "1.csv").rename(tmp_path / "aside")
    with refused(Gone, "report_gone"):
        open_link(hub, token)
    place.rmdir()
    place.write_text("no folder")
    with refused(StorageDown, "storage_unavailable"):
        open_link(hub, token)
