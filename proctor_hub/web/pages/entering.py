"""Getting in and out: launch links, the new tab where a frame may keep no cookie, sign-out."""

from __future__ import annotations

from typing import Annotated

from fastapi import Form, Request
from starlette.responses import RedirectResponse, Response

from proctor_hub.services.access import launch_links, sign_ins
from proctor_hub.services.access.launch_links import PATH
from proctor_hub.services.errors import Gone
from proctor_hub.web.context import TheHub
from proctor_hub.web.pages.forms import TheForm, ensure_from_here, text
from proctor_hub.web.pages.navigation import OPERATIONS, everywhere
from proctor_hub.web.pages.rendering import page
from proctor_hub.web.pages.route import page_router
from proctor_hub.web.pages.visits import TheLook, TheVisit, drop_cookie, set_cookie

router = page_router()

_HOMES = ("/support", OPERATIONS, "/courses", "/learn")


@router.get("/")
def home(visit: TheVisit) -> Response:
    """The first page of what the person is."""
    open_here = {place.href for place in everywhere(visit)}
    for path in _HOMES:
        if path in open_here:
            return RedirectResponse(path, 303)
    return page(visit, "nothing_here.html", plain=True)


@router.get(PATH + "/{token}")
def launch(token: str, seen: TheLook) -> Response:
    """Asks the browser to send the link on by itself: what only looks at links uses none up."""
    course_id = launch_links.course_of(seen.hub, token)
    return page(
        seen, "entering/launch.html", plain=True, course_id=course_id, token=token, action=PATH
    )


@router.post(PATH)
def enter(
    request: Request, hub: TheHub, seen: TheLook, token: Annotated[str, Form()] = ""
) -> Response:
    """Signs the browser in and sends it on; whether it keeps the cookie is seen there.

    A link that is over leads whom it has signed in here to its page still: it is in the address of
    a page that was loaded again, or gone back to.
    """
    ensure_from_here(hub, request)
    try:
        entry = sign_ins.enter(hub, token)
    except Gone:
        who = seen.sign_in
        target = None if who is None else launch_links.target_for(hub, token, who.person_pk)
        if target is None:
            raise
        return RedirectResponse(target, 303)
    response = RedirectResponse(f"/launched/{entry.spare}", 303)
    set_cookie(hub, response, entry.secret)
    return response


@router.get("/launched/{spare}")
def launched(spare: str, seen: TheLook) -> Response:
    """Sends a browser that kept its cookie to the page; any other gets a link for a new tab."""
    target = launch_links.target_of(seen.hub, spare)
    if seen.sign_in is not None:
        sign_ins.arrived(seen.hub, spare)
        return RedirectResponse(target, 303)
    course_id = launch_links.course_of(seen.hub, spare)
    href = f"{PATH}/{spare}"
    return page(
        seen, "entering/new_tab.html", plain=True, course_id=course_id, href=href, signed_in=False
    )


@router.post("/another-window")
def another_window(visit: TheVisit, form: TheForm) -> Response:
    """A link with which a new tab gets in, too: a frame's cookies are not a tab's."""
    link = sign_ins.another_window(visit.hub, visit.sign_in, text(form, "target"))
    return page(visit, "entering/new_tab.html", plain=True, href=link.url, signed_in=True)


@router.post("/sign-out")
def sign_out(visit: TheVisit, form: TheForm) -> Response:
    """Ends this sign-in on the server, and has the browser forget it."""
    sign_ins.sign_out(visit.hub, visit.sign_in)
    response = RedirectResponse("/signed-out", 303)
    drop_cookie(visit.hub, response)
    return response


@router.get("/signed-out")
def signed_out(seen: TheLook) -> Response:
    """Says that it is done."""
    return page(seen, "entering/signed_out.html", plain=True)


@router.post("/language")
def language(visit: TheVisit, form: TheForm) -> Response:
    """Shows the pages of this sign-in in another language, from the page it was asked on."""
    sign_ins.choose_language(visit.hub, visit.sign_in, text(form, "language"))
    back = text(form, "back")
    return RedirectResponse(back if launch_links.is_path(back) else "/", 303)
