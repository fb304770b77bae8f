"""Reviews in the vendor's wire shape, posted to the hub's callback URL (wire: "Review")."""

from __future__ import annotations

import json
import uuid
from urllib.parse import quote, urlsplit, urlunsplit

from .outgoing import Answer, call
from .records import Registration
from .review_order import ReviewContent, ReviewOrder
from .vendor import Refused, Vendor
from .wire import exam_date

_CALLBACK = "/proctoring_review_callback/"


def review_body(record: Registration, content: ReviewContent, public_url: str) -> dict[str, object]:
    """The body of one review of `record`; `public_url` is the sandbox's own address."""
    body = record.body
    video = f"{public_url.rstrip('/')}/video/{quote(record.code)}/DirectLink-Generic.aspx"
    return {
        "examDate": exam_date(record.registered_at),
        "examProcessingStatus": "Review Completed",
        "reviewStatus": content.review_status,
        "overAllComments": content.overall_comments,
        "videoReviewLink": video if content.video else "",
        "userPhotoBase64String": "",
        "examMetaData": {
            "examCode": record.code,
            "examName": body["examName"],
            "examSponsor": body["examSponsor"],
            "organization": body["organization"],
            "reviewedExam": str(body["reviewedExam"]),
            "reviewerNotes": body["reviewerNotes"],
            "simulatedExam": str(not body["reviewedExam"]),
            "ssiProduct": body["ssiProduct"],
            "ssiRecordLocator": _locator(record, content),
        },
        "examApiData": body,
        "desktopComments": [comment.wire() for comment in content.desktop_comments],
        "webCamComments": [comment.wire() for comment in content.webcam_comments],
    }


def _locator(record: Registration, content: ReviewContent) -> str:
    return str(uuid.uuid4()).upper() if content.wrong_locator else record.locator


def tokenless(review_url: str) -> str:
    """The callback URL without its token, be that in the query or after the path."""
    parts = urlsplit(review_url)
    head, marker, _ = parts.path.partition(_CALLBACK)
    path = head + marker
    if not marker and not parts.query:  # unknown path: the token can only be its last segment
        path = parts.path.rstrip("/").rpartition("/")[0] + "/"
    return urlunsplit((parts.scheme, parts.netloc, path, "", ""))


def send_reviews(
    vendor: Vendor, code: str, order: ReviewOrder, public_url: str
) -> list[dict[str, object]]:
    """Send what `order` says about an attempt; one answer of the hub per review sent.

    Raises Refused: 404 unknown code, 409 if the operator gave the sandbox no review URL.
    """
    record = vendor.get(code)
    if not vendor.settings.review_url:
        raise Refused(409, "no review_url is set: give the hub's callback URL to the sandbox")
    answers: list[dict[str, object]] = []
    for content in order.series():
        answer = _send(vendor, record, content, public_url)
        answers.append(
            {
                "review_status": content.review_status,
                "status": answer.status,
                "answer": answer.text[:2_000],
                "error": answer.error,
            }
        )
    return answers


def _send(vendor: Vendor, record: Registration, content: ReviewContent, public: str) -> Answer:
    url = vendor.settings.review_url
    body = json.dumps(review_body(record, content, public)).encode()
    answer = call(
        "POST",
        tokenless(url) if content.without_token else url,
        body=body,
        headers={"Content-Type": content.content_type},
    )
    forged = content.without_token or content.wrong_locator
    if not forged and answer.status is not None:
        vendor.reviewed(record.code)
    oddities = [name for name in ("without_token", "wrong_locator") if getattr(content, name)]
    note = "; ".join([*oddities, *([answer.error] if answer.error else [])])
    what = f"review {content.review_status}"
    vendor.note("sent", what, code=record.code, status=answer.status, note=note)
    return answer
