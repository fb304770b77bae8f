"""The kit on a vendor that is as it should be: every check applies but one, and all pass."""

from __future__ import annotations

from tests.testing.vendor import SoundCase


class TestSound(SoundCase):
    """Collected as an author's own."""
