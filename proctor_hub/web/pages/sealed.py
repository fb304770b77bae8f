"""Whom a list is asked for, in an address: sealed, so that no log, history or referrer has a name.

A form that asks for a name or an e-mail address is posted to ``…/find``, which leads on to the list
with these fields in ``?f=``: encrypted, for the person who asked. So paging, order, CSV, the back
button and a reload go on working, and the address says nothing to anybody else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Query
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse

from proctor_hub.domain.told import noted
from proctor_hub.errors import ConfigurationError
from proctor_hub.services.errors import Invalid
from proctor_hub.web.pages.forms import text
from proctor_hub.web.pages.paging import address
from proctor_hub.web.pages.visits import TheVisit, Visit

_LONGEST = 500
_LONGEST_SEALED = 8000


def seal(visit: Visit, **fields: str) -> str:
    """The fields that are not empty, for the query field ``f``; empty where all are."""
    kept = {name: value for name, value in fields.items() if value}
    if not kept:
        return ""
    data = json.dumps(kept).encode()
    made = visit.hub.keyring.encrypt(data, context=_context(visit))
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode("ascii")


def asked_for(
    visit: TheVisit, f: Annotated[str, Query(max_length=_LONGEST_SEALED)] = ""
) -> Mapping[str, str]:
    """What :func:`seal` was given.

    :raises Invalid: it was sealed for somebody else, by a key that is gone, or not by this hub.
    """
    if not f:
        return {}
    try:
        made = base64.b64decode(f.encode("ascii") + b"=" * (-len(f) % 4), b"-_", validate=True)
        data = visit.hub.keyring.decrypt(made, context=_context(visit))
    except (ConfigurationError, ValueError, IndexError):
        raise Invalid(
            noted(
                "Whom this list was asked for cannot be read: somebody else asked, or it is long "
                "ago. Ask again."
            )
        ) from None
    found: dict[str, str] = json.loads(data)
    return found


Sealed = Annotated[Mapping[str, str], Depends(asked_for)]


def on_to(
    visit: Visit,
    path: str,
    form: FormData,
    *,
    names: Sequence[str],
    others: Sequence[str],
    **more: str,
) -> RedirectResponse:
    """On to the list that a form asks for.

    :param names: fields that may hold a person's; they are sealed. :param others: those of the
        list's own, which stand in the address. :param more: those that the form does not say.
    """
    plain = {name: text(form, name)[:_LONGEST] for name in others}
    whom = {name: text(form, name)[:_LONGEST] for name in names}
    return RedirectResponse(address(path, **more, **plain, f=seal(visit, **whom)), 303)


def _context(visit: Visit) -> str:
    return f"asked for by {visit.actor.person_pk}"
