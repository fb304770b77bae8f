"""A vendor for tests of the host: complete, neutral, without a network.

:class:`FakeVendor` is an ordinary plugin; load it as one with :func:`fake_entry_point`. A test gets
at the instance with :func:`fake_of`, reads :attr:`FakeVendor.told` and steers with
:attr:`~FakeVendor.fail_with`, :attr:`~FakeVendor.refuse_with` and :attr:`~FakeVendor.news`. The
vendor's own calls to the hub are built by :func:`ready_path`, :func:`reviewed_path` and
:func:`review_body`; the host finds the account by the hub-minted token they carry.
"""

from __future__ import annotations

from datetime import timedelta
from importlib.metadata import EntryPoint

from proctor_hub import RulesKind, VendorDescription, hookimpl
from proctor_hub.testing.fake_body import ready_path, review_body, reviewed_path
from proctor_hub.testing.fake_hooks import FakeDeciding, FakeLaunching, FakeReceiving, FakeRendering
from proctor_hub.testing.fake_state import FakeSettings, Told
from proctor_hub.vendors.facade import Vendor

__all__ = [
    "PLUGIN",
    "FakeSettings",
    "FakeVendor",
    "Told",
    "fake_entry_point",
    "fake_of",
    "ready_path",
    "review_body",
    "reviewed_path",
]

PLUGIN = "acme"


class FakeVendor(FakeLaunching, FakeReceiving, FakeRendering, FakeDeciding):
    """A complete vendor that keeps what it is told."""

    @hookimpl
    def describe_vendor(self) -> VendorDescription:
        """What the settings say."""
        wanted = self.settings
        return VendorDescription(
            name="Acme Proctoring",
            capabilities=wanted.capabilities,
            exam_types=wanted.exam_types,
            rules_kind=RulesKind.BINARY,
            readiness_lifetime=timedelta(minutes=wanted.readiness_minutes),
            poll_every=timedelta(minutes=wanted.poll_minutes),
            has_stop_call=wanted.has_stop_call,
            needs_escalation_email=wanted.needs_escalation_email,
            second_review=f"Suspicious reviews go to: {wanted.second_review_owner}.",
            launch_summary="The learner downloads the software by a link.",
            learner_tool="A webcam.",
            support_email="support@acme.example",
            notification_email="proctoring@acme.example",
        )


def fake_entry_point(name: str = PLUGIN) -> EntryPoint:
    """The fake vendor as an installed plugin: for ``load_registry(entry_points=[...])``."""
    return EntryPoint(name, "proctor_hub.testing.fake_vendor:FakeVendor", "proctor_hub.vendors")


def fake_of(vendor: Vendor) -> FakeVendor:
    """The fake vendor behind a loaded account.

    :raises TypeError: the account is served by another plugin.
    """
    if not isinstance(vendor.implementation, FakeVendor):
        raise TypeError(f"{vendor.slug} is not served by FakeVendor")
    return vendor.implementation
