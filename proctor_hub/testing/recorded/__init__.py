"""Recorded exchanges with a vendor: made by ``proctor-hub record``, replayed against the plugin.

How: docs/how-to/record-and-replay.md. :func:`replay` needs the extra ``testing``.
"""

from proctor_hub.testing.recorded.account import RecordedAccount, load_account
from proctor_hub.testing.recorded.compare import changes
from proctor_hub.testing.recorded.replay import ReplayFailed, replay
from proctor_hub.testing.recorded.session import record, stories
from proctor_hub.testing.recorded.story import (
    Recording,
    load_recording,
    recordings_in,
)

__all__ = [
    "RecordedAccount",
    "Recording",
    "ReplayFailed",
    "changes",
    "load_account",
    "load_recording",
    "record",
    "recordings_in",
    "replay",
    "stories",
]
