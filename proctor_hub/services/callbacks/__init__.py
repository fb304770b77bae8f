"""Callbacks: what vendors tell us. Kept raw, authenticated, parsed, applied, acknowledged (§4)."""

from proctor_hub.services.callbacks.listing import StoredCallback, list_callbacks, show_callback
from proctor_hub.services.callbacks.receive import Redirect, Reply, receive
from proctor_hub.services.callbacks.replay import replay

__all__ = [
    "Redirect",
    "Reply",
    "StoredCallback",
    "list_callbacks",
    "receive",
    "replay",
    "show_callback",
]
