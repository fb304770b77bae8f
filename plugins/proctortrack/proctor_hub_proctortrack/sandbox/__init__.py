"""The Proctortrack vendor, simulated as a small real server.

It enforces what the vendor would (tokens, bodies, ids, onboarding) and lets a person or a test
steer it. It shares no code with the plugin's client side nor with the hub, so that one mistake
cannot cancel itself out. Never expose it: its steering door has no login.
"""

from __future__ import annotations

from .app import create_app
from .runner import run
from .settings import SandboxSettings

__all__ = ["SandboxSettings", "create_app", "run"]
