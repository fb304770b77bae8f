"""Start and review as they come in: proof, parsing of anything at all, answers."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_hub import (
    Accepted,
    AccountBy,
    Answer,
    AttemptRef,
    CallbackOutcome,
    CallbackRequest,
    Incident,
    RedirectToExam,
    Refused,
    ReviewReceived,
    ReviewStatus,
    SessionEntered,
    Unrecognised,
    VendorHost,
)
from proctor_hub_rpnow.plugin import RPNowPlugin
from proctor_hub_rpnow.reviews import parse_review
from proctor_hub_rpnow.settings import RPNowSettings

Call = Callable[..., CallbackRequest]
REVIEW = {
    "examDate": "Jul 15 2015  1:13AM",
    "examProcessingStatus": "Review Completed",
    "reviewStatus": "Suspicious",
    "overAllComments": "see the recording",
    "videoReviewLink": "https://vendor.example.com/DirectLink-Generic.html?v=1",
    "userPhotoBase64String": "",
    "examMetaData": {
        "examCode": "ABCD-1234",
        "ssiRecordLocator": "LOC-1",
        "reviewedExam": "True",
        "simulatedExam": "False",
    },
    "examApiData": {},
    "desktopComments": [
        {
            "comments": "Browsing other websites",
            "duration": 76,
            "eventStart": 12,
            "eventFinish": 88,
            "eventStatus": "Suspicious",
        }
    ],
    "webCamComments": [
        {
            "comments": "Photo ID not provided",
            "duration": 796,
            "eventStart": 0,
            "eventFinish": 796,
            "eventStatus": "RULES_VIOLATION",
        }
    ],
}
INCIDENTS = (
    Incident(
        start=12,
        stop=88,
        duration=76,
        text="Browsing other websites",
        status="Suspicious",
        original_status="Suspicious",
    ),
    Incident(
        start=0,
        stop=796,
        duration=796,
        text="Photo ID not provided",
        status="Rules Violation",
        original_status="RULES_VIOLATION",
    ),
)


def body(path: str = "", value: object = None) -> bytes:
    """REVIEW as bytes, the member at the dotted ``path`` replaced by ``value``."""
    review = copy.deepcopy(REVIEW)
    *owners, last = path.split(".") if path else ["unused"]
    target = review
    for owner in owners:
        found = target[int(owner)] if isinstance(target, list) else target[owner]
        target = found
    if path:
        target[last] = value
    return json.dumps(review).encode()


def parsed(raw: bytes) -> ReviewReceived:
    event = parse_review(raw)
    assert isinstance(event, ReviewReceived), event
    return event


def refused(raw: bytes) -> str:
    event = parse_review(raw)
    assert isinstance(event, Unrecognised), event
    return event.reason


def test_routes(plugin: RPNowPlugin) -> None:
    start, review = plugin.callback_routes()
    assert (start.method, start.path) == (
        "GET",
        "/api/edx_proctoring/proctoring_launch_callback/start_exam/{attempt_code}",
    )
    assert start.account is AccountBy.ATTEMPT_CODE
    assert start.answers_browser
    assert (review.method, review.path) == (
        "POST",
        "/api/edx_proctoring/proctoring_review_callback/",
    )
    assert review.account is AccountBy.URL
    assert not review.answers_browser


def test_start_needs_the_token_of_that_very_attempt(
    plugin: RPNowPlugin, host: VendorHost, call: Call
) -> None:
    good = host.token("start", "ABCD-1234")
    accepted = plugin.authenticate_callback(call("start", code="ABCD-1234", query={"t": good}))
    assert isinstance(accepted, Accepted)
    wrong = ["", "x", "é\ud800", host.token("start", "OTHER"), host.token("review"), good[:-1]]
    for token in wrong:
        refusal = plugin.authenticate_callback(call("start", code="ABCD-1234", query={"t": token}))
        assert isinstance(refusal, Refused)
        assert refusal.status == 403
    assert isinstance(plugin.authenticate_callback(call("start", code="ABCD-1234")), Refused)


def test_start_is_an_entry_into_the_session(plugin: RPNowPlugin, call: Call) -> None:
    events = plugin.parse_callback(call("start", code="ABCD-1234"))
    assert events == (SessionEntered(attempt=AttemptRef(attempt_code="ABCD-1234")),)


def test_start_answers_the_browser(plugin: RPNowPlugin, call: Call) -> None:
    request = call("start", code="ABCD-1234")

    def answer(status: int) -> Answer | RedirectToExam | None:
        outcome = CallbackOutcome(status=status, code="any", detail="<b>")
        return plugin.acknowledge_callback(request, outcome)

    assert answer(200) == RedirectToExam()
    for status, words in [(403, "secure browser"), (404, "No exam is known"), (500, "try again")]:
        page = answer(status)
        assert isinstance(page, Answer)
        assert page.status == status
        assert page.content_type.startswith("text/html")
        assert words in page.body
        assert "ABCD-1234" not in page.body
    assert (
        plugin.acknowledge_callback(call("review"), CallbackOutcome(status=200, code="applied"))
        is None
    )


def test_the_browser_is_answered_in_its_language(plugin: RPNowPlugin, call: Call) -> None:
    request = replace(
        call("start", code="ABCD-1234"), headers={"accept-language": "fr;q=0.2, de-AT;q=0.1"}
    )
    page = plugin.acknowledge_callback(request, CallbackOutcome(status=404, code="any"))
    assert isinstance(page, Answer)
    assert '<html lang="de">' in page.body
    assert "Prüfung nicht gefunden" in page.body


def test_the_review_address_holds_account_and_token(plugin: RPNowPlugin, call: Call) -> None:
    url = urlsplit(plugin.callback_urls()["review"])
    assert url.path == "/api/edx_proctoring/proctoring_review_callback/"
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert query["account"] == "rpnow"
    assert plugin.authenticate_callback(call("review", query=query)) == Accepted(caller="rpnow")


def test_review_without_its_token_is_refused(
    plugin: RPNowPlugin, host: VendorHost, call: Call
) -> None:
    for token in ("", "x", host.token("start", "ABCD-1234"), host.token("review", "x")):
        refusal = plugin.authenticate_callback(call("review", query={"t": token}, body=body()))
        assert isinstance(refusal, Refused)
        assert refusal.status == 401
    assert isinstance(plugin.authenticate_callback(call("elsewhere")), Refused)
    assert isinstance(plugin.parse_callback(call("elsewhere"))[0], Unrecognised)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("192.0.2.9", Accepted),
        ("::ffff:192.0.2.9", Accepted),
        ("2001:db8::1", Accepted),
        ("198.51.100.1", Refused),
        ("", Refused),
        ("unix:", Refused),
    ],
)
def test_allowed_networks(
    values: dict[str, object], host: VendorHost, call: Call, source: str, expected: type
) -> None:
    networks = {"allowed_networks": ["192.0.2.0/24", "2001:db8::/32"]}
    plugin = RPNowPlugin(RPNowSettings.model_validate(values | networks), host)
    request = call("review", query={"t": host.token("review")}, source=source)
    answer = plugin.authenticate_callback(request)
    assert isinstance(answer, expected)
    if isinstance(answer, Refused):
        assert answer.status == 403


def test_review(plugin: RPNowPlugin, call: Call) -> None:
    assert plugin.parse_callback(call("review", body=body())) == (
        ReviewReceived(
            attempt=AttemptRef(attempt_code="ABCD-1234", external_id="LOC-1"),
            status=ReviewStatus.SUSPICIOUS,
            incidents=INCIDENTS,
            video_url="https://vendor.example.com/DirectLink-HTML5.html?v=1",
            comment="see the recording",
            vendor_status="Suspicious",
        ),
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Clean", ReviewStatus.PASSED),
        ("CLEAN", ReviewStatus.PASSED),
        ("Rules Violation", ReviewStatus.VIOLATION),
        ("rules_violation", ReviewStatus.VIOLATION),
        ("SUSPICIOUS", ReviewStatus.SUSPICIOUS),
        ("Not Reviewed", ReviewStatus.NOT_REVIEWED),
        ("Not_reviewed", ReviewStatus.NOT_REVIEWED),
    ],
)
def test_review_statuses(word: str, status: ReviewStatus) -> None:
    event = parsed(body("reviewStatus", word))
    assert event.status is status
    assert event.vendor_status == word


def test_comment_lists_may_be_missing_or_null() -> None:
    review = json.loads(body("desktopComments", None))
    assert parsed(json.dumps(review).encode()).incidents == INCIDENTS[1:]
    del review["webCamComments"]
    assert parsed(json.dumps(review).encode()).incidents == ()


def test_incidents_keep_what_they_are_given() -> None:
    event = parsed(body("desktopComments", [{"eventStatus": "Odd_One", "eventStart": "1.5"}]))
    assert event.incidents[0] == Incident(
        start=1.5, text="", status="Odd_One", original_status="Odd_One"
    )


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (None, None),
        ("", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://[bad", None),
        ("https://a.example/x y", None),
        ("https://a.example/x\ny", None),
        ("http://a.example/DirectLink-Generic", "http://a.example/DirectLink-HTML5"),
        (" https://a.example/v ", "https://a.example/v"),
    ],
)
def test_video_link_is_a_web_address_or_nothing(link: str | None, expected: str | None) -> None:
    assert parsed(body("videoReviewLink", link)).video_url == expected


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("reviewStatus", "Splendid", "reviewStatus"),
        ("reviewStatus", None, "reviewStatus"),
        ("reviewStatus", 5, "reviewStatus"),
        ("overAllComments", ["x"], "overAllComments"),
        ("videoReviewLink", {"a": 1}, "videoReviewLink"),
        ("examMetaData", "x", "examMetaData"),
        ("examMetaData.examCode", "", "examMetaData.examCode"),
        ("examMetaData.examCode", None, "examMetaData.examCode"),
        ("examMetaData.examCode", "a\u0000b", "examMetaData.examCode"),
        ("examMetaData.examCode", "\ud800", "examMetaData.examCode"),
        ("examMetaData.ssiRecordLocator", None, "examMetaData.ssiRecordLocator"),
        ("examMetaData.ssiRecordLocator", True, "examMetaData.ssiRecordLocator"),
        ("examMetaData.ssiRecordLocator", "x" * 256, "examMetaData.ssiRecordLocator"),
        ("desktopComments", {"a": 1}, "desktopComments"),
        ("webCamComments", ["x"], "webCamComments[0]"),
        ("webCamComments.0.eventStart", "soon", "webCamComments[0].eventStart"),
        ("webCamComments.0.eventStart", True, "webCamComments[0].eventStart"),
        ("webCamComments.0.eventFinish", -1, "webCamComments[0].eventFinish"),
        ("webCamComments.0.duration", 10**400, "webCamComments[0].duration"),
        ("webCamComments.0.duration", "1e999", "webCamComments[0].duration"),
        ("webCamComments.0.duration", "nan", "webCamComments[0].duration"),
        ("webCamComments.0.comments", 7, "webCamComments[0].comments"),
        ("webCamComments.0.eventStatus", [], "webCamComments[0].eventStatus"),
    ],
)
def test_wrong_fields_are_named(path: str, value: object, named: str) -> None:
    assert refused(body(path, value)).startswith(f"{named} is ")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"reviewStatus=Clean", "not JSON"),
        (b"[]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"\xff\xfe\xfa", "not UTF-8"),
        (b'{"a": "\xe9"}', "not UTF-8"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not JSON"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
    ],
)
def test_bodies_that_are_no_review(raw: bytes, reason: str) -> None:
    assert reason in refused(raw)


def test_a_reason_quotes_nothing_of_the_body() -> None:
    assert "Ann" not in refused(body("reviewStatus", "Ann"))
    assert "Ann" not in refused(b'{"a": Ann}')


def test_text_no_database_can_hold_is_replaced() -> None:
    event = parsed(body("overAllComments", "a\u0000b\ud800"))
    assert event.comment == "a\ufffdb?"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
paths = st.sampled_from(
    [
        *REVIEW,
        "examMetaData.examCode",
        "examMetaData.ssiRecordLocator",
        *(f"desktopComments.0.{key}" for key in REVIEW["desktopComments"][0]),
    ]
)


def check(event: object) -> None:
    """Whatever comes out can be stored and looked up, or says why not."""
    if isinstance(event, Unrecognised):
        assert event.reason
        return
    assert isinstance(event, ReviewReceived)
    texts = [event.comment, event.vendor_status, event.video_url or ""]
    texts += [event.attempt.attempt_code or "", event.attempt.external_id or ""]
    for incident in event.incidents:
        texts += [incident.text, incident.status, incident.original_status]
        for seconds in (incident.start, incident.stop, incident.duration):
            assert seconds is None or 0 <= seconds <= 10**9
    for text in texts:
        assert "\0" not in text
        text.encode()
    assert event.attempt.attempt_code
    assert event.attempt.external_id
    assert event.video_url is None or event.video_url.startswith(("http://", "https://"))


@given(path=paths, value=json_values)
def test_any_value_in_any_field(path: str, value: object) -> None:
    check(parse_review(body(path, value)))


@given(st.binary() | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes(raw: bytes) -> None:
    check(parse_review(raw))


@given(st.data())
def test_any_damage_to_a_good_body(data: st.DataObject) -> None:
    raw = bytearray(body())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    check(parse_review(bytes(raw)))
