"""Creates with an ``Idempotency-Key``: done once, answered the same every time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from proctor_hub.services.access.idempotency import StoredAnswer, claim_of, once
from proctor_hub.services.hub import Hub
from proctor_hub.storage.idempotency import Claim
from proctor_hub.web.context import TheCaller, TheHub
from proctor_hub.web.foreign_ids import path_sent

REPEATED = "Idempotent-Replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """Runs the work of a create, at most once per key."""

    hub: Hub
    claim: Claim | None

    def run(self, work: Callable[[], BaseModel], status: int = 201) -> Response:
        """The answer of ``work``, or the stored answer of an earlier request with this key."""
        return self.run_with(lambda: (status, work()))

    def run_with(self, work: Callable[[], tuple[int, BaseModel]]) -> Response:
        """:meth:`run` for work that also says the status."""

        def answered() -> StoredAnswer:
            status, model = work()
            body = model.model_dump_json(by_alias=True).encode()
            return StoredAnswer(status=status, body=body)

        answer = once(self.hub, self.claim, answered)
        headers = {REPEATED: "true"} if answer.repeated else None
        return Response(answer.body, answer.status, headers, "application/json")


async def create(
    request: Request,
    hub: TheHub,
    found: TheCaller,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key",
            description="Unique per request, 1 to 200 printable ASCII characters. The same key and "
            "body within 24 hours: the first answer again.",
        ),
    ] = None,
) -> Create:
    """The dependency of every create."""
    if key is None:
        return Create(hub=hub, claim=None)
    path = f"{path_sent(request.scope)} {request.method}"
    return Create(hub=hub, claim=claim_of(found, path, key, await request.body()))


Creating = Annotated[Create, Depends(create)]
