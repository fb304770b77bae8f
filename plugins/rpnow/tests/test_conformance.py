"""The plugin against the whole vendor contract."""

from __future__ import annotations

from pathlib import Path

import proctor_hub_rpnow
from proctor_hub.testing.conformance import Sandbox, VendorConformance
from proctor_hub_rpnow.plugin import RPNowPlugin
from proctor_hub_rpnow.reviews import REVIEW_STATUSES
from proctor_hub_rpnow.sandbox import run


class TestRPNow(VendorConformance):
    plugin = RPNowPlugin
    settings = {
        "organization": "example-university",
        "exam_sponsor": "Example University",
        "exam_register_endpoint": "{sandbox_url}/api/registrations",
        "secret_key_id": "key-1",
        "secret_key": "{secret}",
        "crypto_key": "{key24}",
        "software_download_url": "{sandbox_url}/download",
    }
    sandbox = Sandbox(
        run=run,
        options={
            "organization": "example-university",
            "secret_key_id": "key-1",
            "secret_key": "{secret}",
            "crypto_key": "{key24}",
            "review_url": "{callback_url:review}",
            "public_url": "{sandbox_url}",
        },
        commands={
            "ready": {"path": "/sandbox/secure-browser", "body": {"exam_code": "{attempt_code}"}},
            "finish": {
                "path": "/sandbox/attempts/{attempt_code}/close-browser",
                "body": {"finished": True},
            },
            "review": {
                "path": "/sandbox/attempts/{attempt_code}/review",
                "body": {"review_status": "{word}"},
            },
        },
    )
    recordings = Path(__file__).parent / "recordings"
    words = {word.title(): meaning for word, meaning in REVIEW_STATUSES.items()}
    exemptions = {
        "callbacks-signed": "the vendor signs nothing; the address it calls holds the only proof",
    }
    result = Path(proctor_hub_rpnow.__file__).parent
