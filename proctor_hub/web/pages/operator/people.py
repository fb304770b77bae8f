"""``/operator/people``: who a person is to the hub, who is support or operator, their sign-ins."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from proctor_hub.domain.words import Role
from proctor_hub.services import people
from proctor_hub.services.access import sign_ins
from proctor_hub.services.errors import NotFound
from proctor_hub.web.foreign_ids import part
from proctor_hub.web.pages.forms import TheForm, text
from proctor_hub.web.pages.operator.room import ROOM, back, operator_router, show
from proctor_hub.web.pages.paging import turns
from proctor_hub.web.pages.speech import noted
from proctor_hub.web.pages.visits import TheVisit

router = operator_router()
PATH = ROOM + "/people"
TOLD = {
    "granted": noted("The role is granted."),
    "revoked": noted("The role is taken back."),
    "signed-out": noted("Every sign-in of this person is over."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What can be done with a person, asked for first.

    :param role: that is granted or taken back; None: the sign-ins are ended.
    """

    title: str
    follows: str
    role: Role | None = None
    grants: bool = False


_SEES_ALL = noted("They see attempts, reviews and video of all courses, and decide what is theirs.")
_RUNS = noted("They change every setting, other people's roles among them, and see these pages.")
_GONE = noted("It holds from the next page they open.")
CHANGES = {
    "grant-support": Change(
        title=noted("Make support"), follows=_SEES_ALL, role=Role.SUPPORT, grants=True
    ),
    "grant-operator": Change(
        title=noted("Make operator"), follows=_RUNS, role=Role.OPERATOR, grants=True
    ),
    "revoke-support": Change(
        title=noted("Take the role support back"), follows=_GONE, role=Role.SUPPORT
    ),
    "revoke-operator": Change(
        title=noted("Take the role operator back"), follows=_GONE, role=Role.OPERATOR
    ),
    "sign-out": Change(
        title=noted("End every sign-in"),
        follows=noted(
            "Each browser of this person is signed out at once, and links not used yet are void. "
            "They come in again from the learning platform."
        ),
    ),
}


@router.get(PATH)
def list_people(visit: TheVisit, cursor: str | None = None) -> Response:
    """Support and operators, and looking for a person."""
    found = people.list_staff(visit.hub, visit.actor, cursor=cursor or None)
    onward = turns(PATH, cursor, found)
    return show(visit, "people.html", found=found, turns=onward, path=PATH)


@router.post(PATH)
def find(visit: TheVisit, form: TheForm) -> Response:
    """Whoever has exactly this id, username or e-mail; sent as a form, so that no address or log
    holds it."""
    wanted = text(form, "who")
    found = people.find_people(visit.hub, visit.actor, name=wanted)
    return show(visit, "people_found.html", found=found, wanted=wanted, path=PATH)


@router.get(PATH + "/{user_id:id}")
def show_person(user_id: str, visit: TheVisit) -> Response:
    """Names, roles, and what can be done."""
    person = people.get_person(visit.hub, visit.actor, user_id=user_id)
    roles = people.staff_roles(visit.hub, visit.actor, user_id=user_id)
    offered = {
        word: change
        for word, change in CHANGES.items()
        if change.role is None or (change.role in roles) != change.grants
    }
    return show(
        visit,
        "person.html",
        told=TOLD,
        person=person,
        roles=sorted(roles),
        changes=offered,
        place=f"{PATH}/{part(user_id)}",
    )


@router.get(PATH + "/{user_id:id}/{word}")
def ask(user_id: str, word: str, visit: TheVisit) -> Response:
    """Asks first, and says what follows."""
    person = people.get_person(visit.hub, visit.actor, user_id=user_id)
    place = f"{PATH}/{part(user_id)}"
    return show(
        visit, "person_ask.html", person=person, word=word, change=_change(word), place=place
    )


@router.post(PATH + "/{user_id:id}/{word}")
def do(user_id: str, word: str, visit: TheVisit, _form: TheForm) -> Response:
    """Does it, on record."""
    change, place = _change(word), f"{PATH}/{part(user_id)}"
    if change.role is None:
        sign_ins.revoke_all(visit.hub, visit.actor, user_id=user_id)
        return back(place, "signed-out")
    if change.grants:
        people.grant_staff(visit.hub, visit.actor, user_id=user_id, role=change.role)
        return back(place, "granted")
    people.revoke_staff(visit.hub, visit.actor, user_id=user_id, role=change.role)
    return back(place, "revoked")


def _change(word: str) -> Change:
    if word not in CHANGES:
        raise NotFound("page", word)
    return CHANGES[word]
