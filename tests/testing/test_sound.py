"""The kit on vendors that are as they should be: what applies passes."""

from __future__ import annotations

from tests.testing.vendor import PolledCase, SoundCase


class TestSound(SoundCase):
    """Collected as an author's own."""


class TestPolled(PolledCase):
    """So is the one that cannot call back."""
