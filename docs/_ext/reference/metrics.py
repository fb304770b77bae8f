"""``metrics.md``: every metric, its labels and what it says."""

from __future__ import annotations

from prometheus_client import Metric

from proctor_hub.jobs.gauges import GAUGES
from proctor_hub.metrics import LABELS, PREFIX, REGISTRY
from proctor_hub.storage.overview import COUNTED

from . import text

_INTRO = f"""
At `/metrics` of every process; who may read it is said by [`[metrics]`](settings.md). Label values
are names of the configuration and words of the code, never ids and nothing of a person.

What a process counts starts at zero with it: sum over the processes. What is asked of the database
is the same from every process: take `max` over them, not `sum`. Such a value is at most five
seconds old; one of {COUNTED:,} means so many or more. How to use them:
[watch the hub](../how-to/watch-the-hub.md).
"""


def build() -> str:
    """The page."""
    counted = [
        [text.code(_shown(one)), one.type, ", ".join(LABELS[one.name]) or "-", one.documentation]
        for one in REGISTRY.collect()
        if one.name.startswith(PREFIX)
    ]
    asked = [
        [text.code(f"{PREFIX}_{name}"), ", ".join(one.labels) or "-", one.about]
        for name, one in GAUGES.items()
    ]
    return text.page(
        "Metrics",
        _INTRO,
        "## Counted by each process\n\n"
        + text.table(["metric", "type", "labels", "what"], counted)
        + "\n\nBesides: `process_*`, the process's memory, CPU time and open files.",
        "## Asked of the database\n\n" + text.table(["gauge", "labels", "what"], asked),
    )


def _shown(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name
