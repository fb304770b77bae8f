"""The secure browser, simulated: it knows the start URL, the learner only the code."""

from __future__ import annotations

from .outgoing import call
from .records import Registration
from .vendor import Refused, Vendor

_HEADERS = {"User-Agent": "RPNow secure browser (simulated)", "Accept": "text/html"}


def open_exam(vendor: Vendor, code: str) -> dict[str, object]:
    """Enter (or re-enter) the exam: look up the code, call the hub's start URL once.

    Returns the hub's `status` and absolute `location` (None where it sent none), which whoever
    plays the learner follows, and the `session` at the vendor, open if the hub did not refuse.
    Raises Refused: 404 unknown code, 409 spent code, 502 the hub did not answer.
    """
    record = vendor.enterable(code)
    answer = call("GET", record.exam_url, body=None, headers=_HEADERS)
    note = answer.error or ("re-entry" if record.openings else "")
    vendor.note("sent", "secure browser opens", code=code, status=answer.status, note=note)
    if answer.status is None:
        raise Refused(502, f"the exam page could not be reached ({answer.error})")
    if answer.status < 400:
        record = vendor.entered(record)
    return {
        "status": answer.status,
        "location": answer.location,
        "session": str(record.session),
    }


def close_browser(vendor: Vendor, code: str, *, finished: bool) -> Registration:
    """Close the secure browser; `finished` ends the session and spends the code.

    The vendor has no call to tell the hub. Raises Refused: 404 unknown, 409 not open.
    """
    record = vendor.close(code, finished=finished)
    what = "session finished" if finished else "secure browser closed"
    vendor.note("received", what, code=code, status=200)
    return record
