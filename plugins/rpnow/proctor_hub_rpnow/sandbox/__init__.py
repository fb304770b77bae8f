"""The RPNow sandbox: the vendor, simulated as a small server of its own.

It enforces what the vendor would (signature, date, 3DES password, single-use codes), sends
reviews in the vendor's wire shape, and can be steered by a person or a program. It shares no
code with the plugin's client side, so that a mistake there cannot cancel itself out here.
"""

from __future__ import annotations

from .app import create_app, run
from .settings import SandboxSettings

__all__ = ["SandboxSettings", "create_app", "run"]
