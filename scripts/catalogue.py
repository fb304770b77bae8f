"""Brings the catalogues of the pages and of this repository's plugins up to date with the code.

Run after a text was added, changed or dropped; then translate what is new.
"""

from __future__ import annotations

from proctor_hub.testing.catalogues import problems, update

PACKAGES = {
    # What the floors below tell people is said by the pages.
    "proctor_hub.web.pages": (
        "proctor_hub.web.callbacks",
        "proctor_hub.domain",
        "proctor_hub.services",
        "proctor_hub.storage.erasing",
        "proctor_hub.storage.jobs",
        "proctor_hub.vendors",
        "proctor_hub.protocols",
        "proctor_hub.jobs.readiness",
    ),
    "proctor_hub_rpnow": (),
    "proctor_hub_proctortrack": (),
}

if __name__ == "__main__":
    for package, sources in PACKAGES.items():
        for path in update(package, sources):
            print(path)
        for problem in problems(package, sources):
            print(f"  {problem}")
