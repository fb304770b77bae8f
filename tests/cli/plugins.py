"""Vendors as the command line meets them."""

from __future__ import annotations

import threading

from proctor_hub import CallbackEvent, CallbackRequest, Health, VendorUnavailable, hookimpl
from proctor_hub.testing.fake_vendor import FakeVendor


class Talkative(FakeVendor):
    """Has addresses with tokens, is well, and its callbacks say nothing."""

    def callback_urls(self) -> dict[str, str]:
        """One address with a token."""
        return {"review": "https://hub.example/review?token=t0ken"}

    @hookimpl
    def health_check(self) -> Health:
        """Well."""
        return Health(ok=True, detail="2 ms")

    @hookimpl
    def parse_callback(self, request: CallbackRequest) -> tuple[CallbackEvent, ...]:
        """Nothing."""
        return ()


class Hanging(FakeVendor):
    """Never says how it is."""

    forever = threading.Event()

    @hookimpl
    def health_check(self) -> Health:
        """Waits until the test ends."""
        self.forever.wait(60)
        return Health(ok=True)


class Away(FakeVendor):
    """Cannot be reached."""

    @hookimpl
    def health_check(self) -> Health:
        """Refused."""
        raise VendorUnavailable("acme refused the connection")
