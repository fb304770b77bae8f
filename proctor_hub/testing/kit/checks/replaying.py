"""What was recorded of the vendor holds."""

from __future__ import annotations

from pathlib import Path

from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, check
from proctor_hub.testing.kit.checks.conditions import recorded
from proctor_hub.testing.recorded import ReplayFailed, load_recording, recordings_in, replay
from proctor_hub.vendors.quality import Tier


@check(
    "recordings-replayed",
    Tier.BRONZE,
    why="What a plugin sends is what its vendor was seen to take, or learners meet it first.",
    about="how-to/record-and-replay.md",
    unless=recorded,
)
def replays_its_recordings(bench: Bench) -> None:
    """The plugin makes each recorded request once and no other, and comes to what was recorded."""
    given = bench.case.given
    for path in recordings_in(given.recordings or Path()):
        try:
            replay(load_recording(path), given.plugin, bench.table, slug=bench.case.slug)
        except ReplayFailed as failed:
            raise Broken(f"{path.name}: {failed}") from None
