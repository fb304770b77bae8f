"""What a page shows of a vendor's own pages: in a frame, behind a link, or as plain text."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from proctor_hub.domain.told import noted
from proctor_hub.services.errors import VendorRefused
from proctor_hub.vendors.rendering import Dashboard, DashboardData, DashboardEmbed, DashboardLink
from proctor_hub.web.pages.forms import origin_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One of: ``frame`` (an address to embed), ``link`` (one to open), ``sections`` of plain text.

    :param origins: what the page may frame.
    """

    frame: str = ""
    link: str = ""
    sections: tuple[tuple[str, str], ...] = ()
    origins: tuple[str, ...] = ()


def shown(dashboard: Dashboard) -> Shown:
    """How a page shows what the vendor's plugin answered.

    :raises VendorRefused: its address is none that a browser may be sent to.
    """
    match dashboard:
        case DashboardEmbed(url=url):
            address = safe_address(url)
            return Shown(frame=address, origins=(origin_of(address),))
        case DashboardLink(url=url):
            return Shown(link=safe_address(url))
        case DashboardData(sections=sections):
            return Shown(sections=tuple(sections.items()))


def address_of(dashboard: Dashboard) -> str | None:
    """Where the dashboard is to be opened in a tab of its own; None: it has no address."""
    if isinstance(dashboard, DashboardEmbed | DashboardLink):
        return safe_address(dashboard.url)
    return None


def safe_address(url: str) -> str:
    """The address, where it is one of the web and nothing else.

    :raises VendorRefused: it is not.
    """
    parts = urlsplit(url)
    # Blanks and quotes would end a source in the policy, and begin another.
    odd = any(char.isspace() or char in "\"';,<>\\" for char in parts.netloc)
    if parts.scheme not in ("http", "https") or not parts.netloc or odd or "@" in parts.netloc:
        raise VendorRefused(
            noted(
                "The vendor's plugin gave an address that is none of the web; tell the hub's "
                "operator."
            )
        )
    return url
