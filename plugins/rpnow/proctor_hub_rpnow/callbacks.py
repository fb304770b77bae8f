"""What calls us: the secure browser's start and the vendor's review; proof and answers."""

from __future__ import annotations

from html import escape
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, urlencode

from proctor_hub import (
    Accepted,
    AccountBy,
    Answer,
    Authentication,
    CallbackOutcome,
    CallbackRequest,
    CallbackRoute,
    RedirectToExam,
    Refused,
    Speech,
    VendorHost,
)

from .settings import RPNowSettings
from .texts import TEXTS

START = "start"
REVIEW = "review"
START_PATH = "/api/edx_proctoring/proctoring_launch_callback/start_exam/"
REVIEW_PATH = "/api/edx_proctoring/proctoring_review_callback/"

ROUTES = (
    CallbackRoute(
        name=START,
        method="GET",
        path=START_PATH + "{attempt_code}",
        account=AccountBy.ATTEMPT_CODE,
        answers_browser=True,
    ),
    CallbackRoute(name=REVIEW, method="POST", path=REVIEW_PATH, account=AccountBy.URL),
)

_OPEN_IN_SECURE_BROWSER = (
    TEXTS.told("Open this in the secure browser"),
    TEXTS.told(
        "This page opens only inside the secure browser. Start the proctoring software, enter your "
        "exam code there and let it bring you to the exam."
    ),
)
_PAGES = {
    401: _OPEN_IN_SECURE_BROWSER,
    403: _OPEN_IN_SECURE_BROWSER,
    404: (
        TEXTS.told("Exam not found"),
        TEXTS.told(
            "No exam is known under this exam code. Copy the code from your course again; after a "
            "reset an exam has a new code."
        ),
    ),
    409: (
        TEXTS.told("The exam cannot be opened now"),
        TEXTS.told("Go back to the exam page of your course: it says what is and what to do."),
    ),
}
_OTHER_PAGE = (
    TEXTS.told("Something went wrong"),
    TEXTS.told(
        "The exam could not be opened. Nothing of your work is lost; try again in a moment from "
        "the secure browser, and ask for help if it stays so."
    ),
)


def start_url(host: VendorHost, attempt_code: str) -> str:
    """The address the secure browser opens; its token goes to the vendor alone."""
    query = urlencode({"t": host.token(START, attempt_code)})
    return f"{host.public_url}{START_PATH}{quote(attempt_code, safe='')}?{query}"


def review_url(host: VendorHost) -> str:
    """The address an operator gives to the vendor; who knows it can send reviews."""
    query = urlencode({"account": host.slug, "t": host.token(REVIEW)})
    return f"{host.public_url}{REVIEW_PATH}?{query}"


def authenticate(
    host: VendorHost, settings: RPNowSettings, request: CallbackRequest
) -> Authentication:
    """Whether the caller holds the route's token, and for reviews comes from a named network.

    The vendor signs nothing and a learner can come to know code and locator, so nothing in the
    body proves anything (wire/rpnow.md, "Review").
    """
    token = request.query.get("t", "")
    if request.route == START:
        code = request.path_params.get("attempt_code", "")
        if not host.check_token(token, START, code):
            return Refused(status=403, reason="no valid start token: not the secure browser")
        return Accepted(caller="secure browser")
    if request.route == REVIEW:
        return _authenticate_review(host, settings, request, token)
    return Refused(status=403, reason="this vendor does not use this path")


def _authenticate_review(
    host: VendorHost, settings: RPNowSettings, request: CallbackRequest, token: str
) -> Authentication:
    if not host.check_token(token, REVIEW):
        return Refused(status=401, reason="no valid review token in the callback URL")
    if settings.allowed_networks and not _is_allowed(settings, request.source_address):
        return Refused(status=403, reason="the source address is in none of allowed_networks")
    return Accepted(caller=host.slug)


def _is_allowed(settings: RPNowSettings, source: str) -> bool:
    try:
        address = ip_address(source)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in settings.allowed_networks)


def acknowledge_start(outcome: CallbackOutcome, language: str) -> Answer | RedirectToExam:
    """Where the secure browser goes: to the exam on success, else to a page that says why not.

    :param language: as the browser's ``Accept-Language`` says.
    """
    if 200 <= outcome.status < 300:
        return RedirectToExam()
    title, text = _PAGES.get(outcome.status, _OTHER_PAGE)
    return Answer(
        status=outcome.status,
        body=_page(TEXTS.into(language), title, text),
        content_type="text/html; charset=utf-8",
    )


def _page(speech: Speech, title: str, text: str) -> str:
    title, text = speech.say(title), speech.say(text)
    return (
        f'<!doctype html>\n<html lang="{speech.tag}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title></head>\n"
        f"<body><main><h1>{escape(title)}</h1><p>{escape(text)}</p></main></body>\n</html>\n"
    )
