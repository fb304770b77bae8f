"""Choosing among more exams than a form offers at once, without scripts and with them."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.web.pages.visitor import Visitor
from tests.web.site import COURSE, OTHER_COURSE, Site

MANY = 120
ALLOWANCES, ATTEMPTS = f"/courses/{COURSE}/allowances", f"/courses/{COURSE}/attempts"


@pytest.fixture
def exams(embedded_site: Site) -> dict[str, int]:
    """Name → id; one of another course besides."""
    site = embedded_site
    site.course()
    site.course(OTHER_COURSE)
    site.team("tom")
    site.person("ann", course_id=COURSE)
    foreign = site.exam(OTHER_COURSE, name="Quiz foreign")
    made = {
        f"Quiz {n:03}": site.exam(content_id=f"q{n}", name=f"Quiz {n:03}", exam_type="timed")
        for n in range(MANY)
    }
    return {**made, "foreign": foreign}


@pytest.fixture
def tom(embedded_site: Site, exams: dict[str, int]) -> Visitor:
    visitor = Visitor(embedded_site)
    visitor.open("tom")
    visitor.get(ALLOWANCES)
    return visitor


def boxes(html: str) -> dict[int, bool]:
    """Exam → whether it is chosen."""
    found = re.findall(r'name="exam" value="(\d+)"( checked)?', html)
    return {int(pk): bool(checked) for pk, checked in found}


def options(html: str) -> list[int]:
    select = html[html.index('<select id="exam"') :]
    return [int(pk) for pk in re.findall(r'<option value="(\d+)"', select.split("</select>")[0])]


def more(html: str) -> str:
    found = re.search(r'name="exam_after" value="([^"]+)"', html)
    return found[1] if found else ""


def test_exams_of_many_pages_are_chosen_for_one_grant(
    tom: Visitor, embedded_site: Site, exams: dict[str, int]
) -> None:
    page = tom.get(ALLOWANCES)
    assert len(boxes(page.text)) == embedded_site.hub.limits.page_size and more(page.text)
    written = {"learners": "ann", "minutes": "7", "multiplier": "1.5", "policy_exception": "<i>"}
    first = tom.post(
        f"{ALLOWANCES}/exams", exam=[exams["Quiz 001"]], exam_after=more(page.text), **written
    )
    assert first.status_code == 200
    assert boxes(first.text)[exams["Quiz 001"]] and exams["Quiz 060"] in boxes(first.text)
    chosen = [exams["Quiz 001"], exams["Quiz 060"]]
    second = tom.post(f"{ALLOWANCES}/exams", exam=chosen, exam_name="QUIZ 11", **written)
    found = boxes(second.text)
    assert [pk for pk, checked in found.items() if checked] == chosen
    assert len(found) == 12
    for kept in (">ann</textarea>", 'value="7"', 'value="1.5"', ">&lt;i&gt;</textarea>"):
        assert kept in second.text
    granted = tom.post(ALLOWANCES, exam=[*chosen, exams["Quiz 117"]], **written)
    assert "Everybody has their allowance" in granted.text
    listed = tom.get(ALLOWANCES).text
    assert all(f"<td>Quiz {n}</td>" in listed for n in ("001", "060", "117"))


def test_with_scripts_only_the_choice_is_exchanged(tom: Visitor, exams: dict[str, int]) -> None:
    headers = {"HX-Request": "true"}
    data = {"form_token": tom.form_token, "exam_name": "nothing like it", "exam": exams["foreign"]}
    answer = tom.http.post(f"{ALLOWANCES}/exams", data=data, headers=headers)
    assert answer.status_code == 200 and "<html" not in answer.text
    assert "No other exam has this in its name." in answer.text
    assert boxes(answer.text) == {}


def test_the_table_is_filtered_by_any_exam_of_the_course(
    tom: Visitor, embedded_site: Site, exams: dict[str, int]
) -> None:
    embedded_site.attempt(exams["Quiz 117"], "ann")
    embedded_site.attempt(exams["Quiz 000"], "ann")
    page = tom.get(ATTEMPTS)
    assert len(options(page.text)) == embedded_site.hub.limits.page_size
    several = tom.post(f"{ATTEMPTS}/find", exam_name="Quiz 11")
    assert options(several.text) == [exams[f"Quiz {n}"] for n in range(110, 120)]
    one = tom.post(f"{ATTEMPTS}/find", exam_name="quiz 117", username="a")
    assert f'value="{exams["Quiz 117"]}" selected' in one.text
    assert "<td>Quiz 117</td>" in one.text and "<td>Quiz 000</td>" not in one.text
    asked = parse_qs(urlsplit(str(one.url)).query)
    assert asked["exam"] == [str(exams["Quiz 117"])] and "f" in asked
    onward = tom.post(f"{ATTEMPTS}/find", exam_name="", exam_after=more(page.text))
    assert exams["Quiz 060"] in options(onward.text) and more(onward.text)
    # Another name was typed since: it is looked for from the first exam on.
    anew = tom.post(f"{ATTEMPTS}/find", exam_name="Quiz 00", exam_after=more(page.text))
    assert exams["Quiz 000"] in options(anew.text)


def test_options_while_a_name_is_typed(tom: Visitor, exams: dict[str, int]) -> None:
    page = tom.get(ATTEMPTS).text
    assert f'hx-get="{ATTEMPTS}/exams"' in unescape(page)
    answer = tom.get(f"{ATTEMPTS}/exams?exam_name=QUIZ%20119")
    assert re.findall(r'value="(\d*)"', answer.text) == ["", str(exams["Quiz 119"])]


def test_another_courses_exam_is_neither_offered_nor_named(
    tom: Visitor, exams: dict[str, int]
) -> None:
    assert "foreign" not in tom.get(f"{ATTEMPTS}?exam={exams['foreign']}").text
    assert "foreign" not in tom.post(f"{ALLOWANCES}/exams", exam=exams["foreign"]).text
    granted = tom.post(ALLOWANCES, learners="ann", minutes="5", exam=exams["foreign"])
    assert granted.status_code == 422
