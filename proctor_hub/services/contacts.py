"""Whom a learner may ask about an exam (domain §9)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from proctor_hub.services.addresses import usable
from proctor_hub.storage.courses import Course
from proctor_hub.vendors.subjects import VendorDescription


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Whom a learner may ask."""

    email: str = ""
    phone: str = ""
    url: str = ""


def support_of(vendor: VendorDescription | None) -> Contact:
    """The vendor's own support, as far as it names one."""
    if vendor is None:
        return Contact()
    return Contact(
        email=usable(vendor.support_email) or "",
        phone=vendor.support_phone,
        url=_link(vendor.support_url),
    )


def contact_for(course: Course, vendor: VendorDescription | None, site_email: str = "") -> Contact:
    """The course's escalation e-mail, else the vendor's support, else the site's contact."""
    if email := usable(course.escalation_email):
        return Contact(email=email)
    found = support_of(vendor)
    if found != Contact():
        return found
    return Contact(email=usable(site_email) or "")


def _link(url: str) -> str:
    """The address where it is one a learner may safely follow, else nothing."""
    parts = urlsplit(url)
    return url if parts.scheme in ("http", "https") and parts.hostname else ""
