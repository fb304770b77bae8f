"""``/metrics``: what this process counted, and how the hub is, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi import APIRouter, Request
from prometheus_client import Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import Response

from proctor_hub.jobs.gauges import Gauges
from proctor_hub.jobs.overview import Lookout
from proctor_hub.metrics import REGISTRY
from proctor_hub.services.errors import Forbidden
from proctor_hub.web.watchers import may_watch

router = APIRouter(tags=["health"])

_DENIED = (
    "Metrics are for the scraper: send its token as Authorization: Bearer, or call from this "
    "machine or a network of [metrics] networks."
)


class _Both:
    """The process's own counters and the hub's gauges, as one registry."""

    def __init__(self, gauges: Gauges) -> None:
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from REGISTRY.collect()
        yield from self._gauges.collect()


@router.get("/metrics", include_in_schema=False)
def read_metrics(request: Request) -> Response:
    """In Prometheus' text format.

    :raises Forbidden: the caller is not one who may see them.
    """
    if not may_watch(request):
        raise Forbidden(_DENIED)
    lookout: Lookout = request.app.state.lookout
    text = generate_latest(_Both(Gauges(lookout)))
    return Response(text, media_type=CONTENT_TYPE_PLAIN_0_0_4)
