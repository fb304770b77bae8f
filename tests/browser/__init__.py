"""Browser tests: real Chromium against the real server, sandboxes and LMS."""
