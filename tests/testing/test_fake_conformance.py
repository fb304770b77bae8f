"""The fake vendor of the host's own tests keeps the contract, too."""

from __future__ import annotations

from proctor_hub.domain.words import ReviewStatus
from proctor_hub.testing.conformance import Session, VendorConformance
from proctor_hub.testing.fake_vendor import FakeVendor, ready_path, review_body, reviewed_path


class TestFakeVendor(VendorConformance):
    plugin = FakeVendor
    words = {status.value: status for status in ReviewStatus}
    exemptions = {"callbacks-signed": "the host's tests need a token, not a signature"}

    def make_ready(self, at: Session) -> None:
        assert at.call_hub("POST", ready_path(at.external_id), b"{}") == 200

    def send_review(self, at: Session, word: str) -> None:
        at.call_hub("POST", reviewed_path(at.external_id), review_body(word))
