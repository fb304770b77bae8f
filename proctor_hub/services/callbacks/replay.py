"""An operator has a kept callback taken again: after a mend, or vouching for a quarantined one."""

from __future__ import annotations

from proctor_hub.domain.told import noted, told
from proctor_hub.services.authorize import Permission, ensure
from proctor_hub.services.callbacks.envelope import unseal
from proctor_hub.services.callbacks.outcomes import REPLAYABLE
from proctor_hub.services.callbacks.receive import SETTLED, Received, process_events
from proctor_hub.services.checks import ensure_fields
from proctor_hub.services.errors import Conflict, Invalid, NotFound
from proctor_hub.services.hub import Actor, Hub
from proctor_hub.storage import audit
from proctor_hub.storage import callbacks as store
from proctor_hub.storage.quarantine import give_back
from proctor_hub.storage.upsert import is_key


def replay(
    hub: Hub, actor: Actor, callback_pk: int, *, reason: str = "", vendor: str | None = None
) -> Received:
    """Take a kept callback again, with the same bytes.

    :param reason: why a quarantined one may be believed; recorded with the operator's id.
    :param vendor: the account a quarantined one is for, where none was found.
    :raises Invalid: a quarantined one without a reason or account.
    :raises Conflict: it took effect already. :raises NotFound: no such callback.
    """
    ensure_fields({"reason": reason}, long=["reason"])
    with hub.database.read() as conn:
        ensure(conn, actor, Permission.VOUCH)
        row = store.by_id(conn, callback_pk) if is_key(callback_pk) else None
    if row is None:
        raise NotFound("callback", str(callback_pk))
    if row.outcome not in REPLAYABLE:
        raise Conflict(
            told(
                "callback %(callback_pk)s took effect already; replaying it would change nothing",
                callback_pk=callback_pk,
            ),
            code="already_effective",
        )
    if row.quarantined and not reason.strip():
        raise Invalid(
            noted("vouching for a quarantined callback needs a reason"),
            fields={"reason": noted("required")},
        )
    slug = row.vendor or vendor
    if slug is None:
        raise Invalid(
            noted("no vendor account is known for this callback; name one"),
            fields={"vendor": noted("required")},
        )
    if slug not in hub.vendors.vendors:
        raise Invalid(
            told("“%(slug)s” is no usable vendor account", slug=slug),
            fields={"vendor": noted("not a usable account")},
        )
    stamp: dict[str, object] = {"vendor": slug, "replayed_at": hub.now()}
    if row.quarantined:
        stamp |= {"vouched_by": actor.id, "vouched_reason": reason}
    request = unseal(hub.keyring, row.request)
    # Before it is done, so that nothing an operator caused can be without its line.
    asked = {"outcome": row.outcome, "vendor": slug, "quarantined": row.quarantined}
    hub.database.write(
        lambda conn: audit.record(
            conn, hub.now(), actor, "callback.replayed", subject=str(callback_pk), detail=asked
        )
    )
    done = process_events(hub, hub.vendors.get(slug), request, existing=callback_pk, stamp=stamp)
    if done.outcome is SETTLED:
        raise Conflict(
            told(
                "callback %(callback_pk)s: %(detail)s",
                callback_pk=callback_pk,
                detail=SETTLED.detail,
            ),
            code=SETTLED.code,
        )
    hub.database.write(lambda conn: give_back(conn, callback_pk))
    return done
