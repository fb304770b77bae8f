"""The checks, by subject; importing this package fills :data:`ALL`."""

from __future__ import annotations

from proctor_hub.testing.kit.check import CHECKS

from proctor_hub.testing.kit.checks import identity, importing  # isort: skip
from proctor_hub.testing.kit.checks import wire_calls, wire_failures, wire_answers  # isort: skip
from proctor_hub.testing.kit.checks import registering  # isort: skip
from proctor_hub.testing.kit.checks import personal_data, times  # isort: skip
from proctor_hub.testing.kit.checks import callbacks, belonging, keeping, words, polling  # isort: skip
from proctor_hub.testing.kit.checks import decisions, dashboards  # isort: skip
from proctor_hub.testing.kit.checks import hostile, lifecycle, heartbeat  # isort: skip
from proctor_hub.testing.kit.checks import replaying  # isort: skip

ALL = CHECKS
"""Every check by id, subject by subject."""

SUBJECTS = (
    identity,
    importing,
    wire_calls,
    wire_failures,
    wire_answers,
    registering,
    personal_data,
    times,
    callbacks,
    belonging,
    keeping,
    words,
    polling,
    lifecycle,
    heartbeat,
    dashboards,
    decisions,
    hostile,
    replaying,
)
"""The subjects, as reports list them."""
