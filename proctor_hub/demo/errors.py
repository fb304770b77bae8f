"""What ends the demo early."""

from __future__ import annotations


class DemoError(Exception):
    """Something is not as it must be; the message is one sentence for the person watching."""
