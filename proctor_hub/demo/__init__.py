"""Floor 5: a small LMS with a gradebook, a roster, and a guided run over real HTTP."""

from __future__ import annotations

from proctor_hub.demo.main import main

__all__ = ["main"]
