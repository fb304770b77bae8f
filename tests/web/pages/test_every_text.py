"""No text of a page goes past the catalogue: in the templates, and on the pages as sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import sqlalchemy as sa

from proctor_hub.domain.words import AttemptStatus, ExamType, ReviewOwner, Role
from proctor_hub.storage import attempts as store
from proctor_hub.storage.tables import attempts
from proctor_hub.testing.fake_vendor import reviewed_path
from proctor_hub.web.pages import rendering
from tests.web.pages import pseudo
from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site, a_site

TEMPLATES = Path(rendering.__file__).with_name("templates")
TOOLS = ("status: Field required", "unknown", "operator-client", "acme answers")
WORDS = (
    "ann", "bob", "tom", "sue", "oli", "Full", "Midterm", "Final", "Exams", "Other", "acme", "Acme",
    "Acme Proctoring", "block-1", "cleo", "nobody1", "x.test", COURSE, OTHER_COURSE, "a phone rang",
    "their reason", "too loud", "see for yourselves", "Show your room.", "Open the page.",
    "Allow written notes", "Forbid phones", "Suspicious reviews go to: support.", "A webcam.",
    "The learner downloads the software by a link.",
)  # fmt: skip
DATA = pseudo.data((*WORDS, *TOOLS))


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_says_anything_by_itself(path: Path) -> None:
    template = path.read_text()
    assert pseudo.written(template) == []
    environment = rendering._environment("en")
    assert list(pseudo.shown(template, environment)) == []


def test_what_is_said_past_the_catalogue_is_found() -> None:
    """The tests below can fail."""
    environment = rendering._environment("en")
    assert pseudo.written('<p title="Hm, yes">{{ x }}</p>Hello {% if a %}you{% endif %}')
    assert list(pseudo.shown('{{ "Not begun" if a else _("Begun") }}', environment))
    assert pseudo.outside("<p>Hello</p>", DATA) and pseudo.outside("<p>⟦Hello⟧ you</p>", DATA)
    assert not pseudo.outside('<p title="⟦a ⟦b⟧⟧">⟦Hello⟧ ann</p>', DATA)


@pytest.fixture
def at_work(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site with something in every list, whose pages speak in brackets."""
    pseudo.speak_in_brackets(monkeypatch)
    vendors = {"acme": {"second_review_owner": ReviewOwner.SUPPORT}}
    with a_site(sqlite_url, vendors=vendors) as site:
        _put_to_work(site)
        yield site


def _put_to_work(site: Site) -> None:
    """One second review lies with support, one with the course team (``site.code``)."""
    site.course(allow_opt_out=True)
    site.course(OTHER_COURSE, title="Other")
    for name in ("ann", "bob", "cleo"):
        site.person(name, course_id=COURSE)
    site.team("tom")
    site.staff("sue", Role.SUPPORT)
    site.staff("oli", Role.OPERATOR)
    rules = {"allow_notes": True, "no_phone": False}
    exam = site.exam(rules=rules)
    incident = {"text": "a phone rang", "status": "suspicious", "start": 1, "stop": 4}
    for name in ("cleo", "ann"):
        site.code = site.taken(exam, name)
        assert site.review(site.code, "suspicious", incidents=[incident]).status_code == 200
    escalation = {"decision": "escalate", "reason": "see for yourselves"}
    site.ok("POST", f"/attempts/{site.code}/decisions", "sue", escalation)
    site.exam(content_id="block-2", name="Final", rules=rules)
    for number, kind in enumerate(ExamType):
        site.exam(content_id=f"kind-{number}", name="Final", exam_type=kind)
    site.callback(reviewed_path("nobodys"), b"{}")
    site.callback(reviewed_path("x"), b"{}", who=None)


def _visitor(site: Site) -> Visitor:
    visitor = Visitor(site)
    visitor.http.headers["accept-language"] = pseudo.TAG
    return visitor


def _ensure_said(answer: httpx.Response) -> None:
    assert f'lang="{pseudo.TAG}"' in answer.text or "<html" not in answer.text, answer.url
    assert pseudo.outside(answer.text, DATA) == [], answer.url


_LINK = re.compile(r'<a\b[^>]*?href="([^"]+)"[^>]*>')


def _links(answer: httpx.Response) -> Iterator[str]:
    for found in _LINK.finditer(answer.text):
        address = urljoin(str(answer.url), found[1].replace("&amp;", "&"))
        inside = urlsplit(address).netloc == urlsplit(str(answer.url)).netloc
        if inside and "_blank" not in found[0] and "download" not in found[0]:
            yield address.partition("#")[0]


@pytest.mark.parametrize(
    ("who", "page", "least"),
    [("ann", "learner", 7), ("tom", "course", 20), ("sue", "support", 8), ("oli", "operator", 25)],
)
def test_every_page_that_links_lead_to(at_work: Site, who: str, page: str, least: int) -> None:
    visitor = _visitor(at_work)
    about = {"course_id": COURSE} if page == "course" else {}
    first = visitor.open(who, page, **about)
    _ensure_said(first)
    seen = {str(first.url)}
    waiting = [*_links(first)]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = visitor.get(address)
        assert answer.status_code == 200, (address, answer.text)
        _ensure_said(answer)
        # Pages about many alike, such as one per line of a list, are walked a few times only.
        if len(seen) < 200:
            waiting += _links(answer)
    assert len(seen) >= least, seen


@pytest.mark.parametrize("exam_type", list(ExamType))
def test_a_learners_exam_in_every_status(at_work: Site, exam_type: ExamType) -> None:
    exam = at_work.exam(content_id="states", name="Midterm", exam_type=exam_type)
    code = at_work.attempt(exam, "bob")["code"]
    visitor = _visitor(at_work)
    visitor.open("bob")
    team = _visitor(at_work)
    team.open("tom", "course", course_id=COURSE)
    with at_work.hub.database.read() as conn:
        record = store.by_code(conn, code)
    assert record is not None
    for status in AttemptStatus:
        _put(at_work, record.id, status)
        _ensure_said(visitor.get(f"/learn/exams/{exam}"))
        _ensure_said(team.get(f"/courses/{COURSE}/as/bob/exams/{exam}"))
    _ensure_said(visitor.get("/learn"))


def _put(site: Site, pk: int, status: AttemptStatus) -> None:
    now = site.hub.now()
    values = {
        "status": status,
        "ready_at": now - timedelta(minutes=40 if status is AttemptStatus.READY_TO_START else 0),
        "started_at": now - timedelta(minutes=5),
        "allowed_seconds": 1800,
        "deadline_at": now + timedelta(minutes=25),
    }

    def unit(conn: sa.Connection) -> None:
        conn.execute(attempts.update().where(attempts.c.id == pk).values(values))

    site.hub.database.write(unit)


def test_what_the_course_team_is_answered(at_work: Site) -> None:
    visitor = _visitor(at_work)
    visitor.open("tom", "course", course_id=COURSE)
    attempt, course = f"/attempts/{at_work.code}", f"/courses/{COURSE}"
    claimed = visitor.post(f"{attempt}/claim")
    _ensure_said(claimed)
    _ensure_said(visitor.post(f"{attempt}/decide?decision=fail", version="1", reason=""))
    _ensure_said(visitor.post(f"{attempt}/decide?decision=fail", version="1", reason="too loud"))
    page = visitor.get(f"{attempt}/decide?decision=fail")
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    decided = visitor.post(f"{attempt}/decide?decision=fail", version=version[1], reason="too loud")
    assert decided.status_code == 200 and "too loud" in decided.text
    _ensure_said(decided)
    _ensure_said(visitor.get(f"{attempt}/decide?decision=revert"))
    for rest in ("reset", "resume"):
        _ensure_said(visitor.get(f"{attempt}/{rest}"))
    _ensure_said(visitor.post(f"{attempt}/resume", reason="their reason"))
    _ensure_said(visitor.post(f"{attempt}/reset", reason="their reason", due_at="tomorrow"))
    changed = visitor.post(f"{attempt}/reset", version="1", reason="their reason")
    assert changed.status_code == 409
    _ensure_said(changed)
    version = re.search(r'name="version" value="(\d+)"', changed.text)
    assert version
    _ensure_said(visitor.post(f"{attempt}/resume", version=version[1], reason="their reason"))
    reset = visitor.post(f"{attempt}/reset", version=version[1], reason="their reason")
    assert reset.status_code == 200
    _ensure_said(reset)
    _ensure_said(visitor.get(attempt))
    _ensure_said(visitor.post(f"{attempt}/reset", reason="their reason"))
    exams = at_work.ok("GET", f"/courses/{COURSE}/exams")["items"]
    granted = visitor.post(
        f"{course}/allowances", learners="bob, nobody1", exam=str(exams[0]["id"]), minutes="10"
    )
    assert granted.status_code == 200
    _ensure_said(granted)
    _ensure_said(visitor.get(f"{course}/allowances"))
    _ensure_said(visitor.get(f"{course}/allowances/remove?exam_id={exams[0]['id']}&user_id=bob"))
    for fields in ({"minutes": "x", "multiplier": "y"}, {"minutes": "0"}, {"minutes": ""}):
        refused = visitor.post(
            f"{course}/allowances", learners="bob", exam=str(exams[0]["id"]), **fields
        )
        assert refused.status_code in (409, 422)
        _ensure_said(refused)
    _ensure_said(visitor.post(f"{course}/reports", kind="results"))
    _ensure_said(visitor.post(f"{course}/onboarding"))
    for path in (f"{course}/nothing", f"{course}/reports", "/support", "/operator", "/attempts/x"):
        _ensure_said(visitor.get(path))
    for status in AttemptStatus:
        _ensure_said(visitor.get(f"{course}/attempts?status={status}"))


def test_what_operators_are_answered(at_work: Site) -> None:
    visitor = _visitor(at_work)
    visitor.open("oli", "operator")
    _ensure_said(visitor.post("/operator/people", who="ann"))
    _ensure_said(visitor.post("/operator/people", who="nobody1"))
    for word in ("grant-support", "grant-operator", "sign-out"):
        _ensure_said(visitor.get(f"/operator/people/ann/{word}"))
        _ensure_said(visitor.post(f"/operator/people/ann/{word}"))
    made = visitor.post("/operator/clients", kind="vendor", name="Acme", vendor="acme")
    assert made.status_code == 200
    _ensure_said(made)
    _ensure_said(visitor.post("/operator/clients", kind="lms", vendor="acme", name="\0"))
    _ensure_said(visitor.post("/operator/vendors/acme/test"))
    _ensure_said(visitor.post("/operator/retirements", user_id="bob"))
    _ensure_said(visitor.post("/operator/retirements/now", user_id="bob", typed="ann"))
    retired = visitor.post("/operator/retirements/now", user_id="bob", typed="bob")
    assert retired.status_code == 200
    _ensure_said(retired)
    _ensure_said(visitor.get("/operator/retirements"))
    for path in ("/operator/callbacks/999", "/operator/callbacks/x", "/operator/people/nobody1"):
        refused = visitor.get(path)
        assert refused.status_code in (404, 422)
        _ensure_said(refused)
    for path in ("callbacks?show=all", "deliveries?state=delivered", "deliveries?state=waiting"):
        _ensure_said(visitor.get(f"/operator/{path}"))
    replayed = visitor.post("/operator/callbacks/replay?outcome=unmatched")
    _ensure_said(replayed)
    _ensure_said(visitor.post(f"/operator/courses/{COURSE}/settings", escalation_email="x"))


def test_whoever_is_nobody_here(at_work: Site) -> None:
    visitor = _visitor(at_work)
    for path in ("/learn", "/signed-out", "/launch/x", "/launched/x", "/exams/x", "/nowhere"):
        _ensure_said(visitor.get(path))
    _ensure_said(visitor.post("/launch", token="x"))
    at_work.person("nobody1")
    lost = visitor.open("nobody1")
    _ensure_said(lost)
    _ensure_said(visitor.post("/another-window", target="/learn"))
    _ensure_said(visitor.post("/another-window", target="https://elsewhere.example"))
    visitor.form_token = "0"
    _ensure_said(visitor.post("/language", language="de"))
