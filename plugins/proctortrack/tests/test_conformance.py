"""The plugin against the whole vendor contract."""

from __future__ import annotations

from pathlib import Path

import proctor_hub_proctortrack
from proctor_hub.testing.conformance import Sandbox, VendorConformance
from proctor_hub_proctortrack.plugin import ProctortrackPlugin
from proctor_hub_proctortrack.sandbox import run


class TestProctortrack(VendorConformance):
    plugin = ProctortrackPlugin
    settings = {
        "base_url": "{sandbox_url}",
        "client_id": "the-hub",
        "client_secret": "{secret}",
    }
    sandbox = Sandbox(
        run=run,
        options={
            "client_id": "the-hub",
            "client_secret": "{secret}",
            "hub_client_id": "{hub_client_id}",
            "hub_client_secret": "{hub_client_secret}",
            "public_url": "{sandbox_url}",
        },
        commands={
            "onboard": {
                "path": "/sandbox/profiles/{pseudonym}",
                "body": {"status": "approved", "course_id": "{course_id}"},
            },
            "ready": {"path": "/sandbox/attempts/{external_id}/room-scan"},
            "review": {
                "path": "/sandbox/attempts/{external_id}/review",
                "body": {"status": "{word}"},
            },
        },
    )
    recordings = Path(__file__).parent / "recordings"
    words = ProctortrackPlugin.review_words
    exemptions = {
        "callbacks-signed": "the vendor's protocol has access tokens of the hub, no signatures",
    }
    result = Path(proctor_hub_proctortrack.__file__).parent
