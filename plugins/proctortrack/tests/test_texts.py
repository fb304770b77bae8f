"""The plugin's catalogues have all it says, and nothing else."""

from __future__ import annotations

from proctor_hub.testing.catalogues import problems


def test_every_text_is_translated() -> None:
    assert problems("proctor_hub_proctortrack") == []
