"""Forms: who may send one, and what it says."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from proctor_hub.domain.told import noted
from proctor_hub.services.access.sign_ins import is_form_token
from proctor_hub.services.errors import Forbidden
from proctor_hub.services.hub import Hub
from proctor_hub.storage.upsert import MAX_KEY
from proctor_hub.web.pages.visits import TheVisit

TOKEN = "form_token"  # noqa: S105 - the name of a field
HEADER = "x-form-token"
_DIGITS = len(str(MAX_KEY))


def ensure_from_here(hub: Hub, request: Request) -> None:
    """The browser sent this from a page of the hub, as far as it says.

    :raises Forbidden: from another site.
    """
    origin = request.headers.get("origin")
    if origin is not None and origin != origin_of(hub.public_url):
        raise Forbidden(noted("This was sent by a page of another site."), code="other_origin")


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as browsers write an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def checked_form(request: Request, visit: TheVisit) -> FormData:
    """The fields of a form that was made for this very sign-in.

    :raises Forbidden: it was not; nothing has been changed.
    """
    ensure_from_here(visit.hub, request)
    form = await request.form()
    given = form.get(TOKEN) or request.headers.get(HEADER, "")
    if not isinstance(given, str) or not is_form_token(visit.hub, visit.sign_in, given):
        raise Forbidden(
            noted(
                "This form was made for another sign-in; nothing was changed. Load the page "
                "again and "
                "repeat what you wanted."
            ),
            code="form_token_wrong",
        )
    return form


TheForm = Annotated[FormData, Depends(checked_form)]


def text(form: FormData, name: str) -> str:
    """A text field, without the blanks around it; empty where it was not sent."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def whole_number(given: str) -> int | None:
    """A number from outside, 0 or more, that a database can hold; None: it is none."""
    # Counted first: Python refuses to read thousands of digits.
    if not (given.isascii() and given.isdecimal() and len(given) <= _DIGITS):
        return None
    number = int(given)
    return number if number <= MAX_KEY else None


def seen_version(form: FormData) -> int:
    """The version of the attempt that a form was made of; none that there is where it was lost."""
    given = whole_number(text(form, "version"))
    return -1 if given is None else given


def texts(form: FormData, name: str) -> list[str]:
    """Every value of a field that may be there several times."""
    return [value for value in form.getlist(name) if isinstance(value, str)]
