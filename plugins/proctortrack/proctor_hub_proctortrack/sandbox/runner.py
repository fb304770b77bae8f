"""The entry point of group `proctor_hub.sandboxes`, name `proctortrack`."""

from __future__ import annotations

import os
from collections.abc import Mapping

import uvicorn

from .app import create_app
from .settings import settings_from


def run(host: str, port: int, options: Mapping[str, str]) -> None:
    """Serve the sandbox on `host`:`port` until it is interrupted.

    `options` are names and values of `SandboxSettings`; the environment
    (`PROCTORTRACK_SANDBOX_*`) and demo defaults fill the rest. Raises ValueError for an unknown
    or unusable option, before anything listens.
    """
    shown = f"[{host}]" if ":" in host else host
    settings = settings_from(options, os.environ, public_url=f"http://{shown}:{port}")
    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning")
