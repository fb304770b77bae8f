"""E-mail addresses: which ones can be written to, and texts that are fit for a header."""

from __future__ import annotations

import re
import unicodedata
from email.utils import getaddresses

_MAX = 254
_ATOM = r'[^\s.@<>()\[\],;:\\"\x00-\x20\x7f-\x9f\ud800-\udfff]+'
_LOCAL = re.compile(rf"(?=.{{1,64}}$){_ATOM}(?:\.{_ATOM})*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
# Marks that turn the direction of what follows: a name must not turn the sentence around it.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def usable(text: str) -> str | None:
    """The address as mail servers take it (its domain in ASCII); None: nobody can be written to.

    One bare address, without a name. Letters beyond ASCII may stand before the ``@``; not every
    server takes those.
    """
    local, at, domain = text.strip().rpartition("@")
    domain = _in_ascii(domain)
    if not at or not domain or not _LOCAL.fullmatch(local):
        return None
    address = f"{local}@{domain}"
    return address if len(address.encode()) <= _MAX else None


def named(text: str) -> tuple[str, str]:
    """Name and address of ``Example University <proctoring@uni.example>``; the name may be empty.

    :raises ValueError: it is no such text.
    """
    found = getaddresses([text]) if text.isprintable() else []
    name, address = (found[0][0], usable(found[0][1])) if len(found) == 1 else ("", None)
    if address is None:
        raise ValueError("must be an e-mail address, or a name and one in angle brackets")
    return one_line(name), address


def domain_of(address: str) -> str:
    """What follows the ``@``, in lower case."""
    return address.rpartition("@")[2].lower()


def one_line(text: str) -> str:
    """The text on one line: control characters and line ends become spaces, runs of them one.

    So nobody's name adds a header or a paragraph.
    """
    kept = (" " if unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") else c for c in text)
    return " ".join("".join(c for c in kept if c not in _TURNING).split())


def host_literal(host: str) -> str:
    """A host as it stands in a Message-ID or a greeting: an IP address in brackets."""
    if ":" in host:
        return f"[IPv6:{host}]"
    if re.fullmatch(r"[0-9.]+", host):
        return f"[{host}]"
    return _in_ascii(host) or "localhost"


def _in_ascii(domain: str) -> str:
    """The domain in ASCII, in lower case; empty: it is none."""
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        return ""
    good = all(_LABEL.fullmatch(label) for label in ascii_domain.split("."))
    return ascii_domain.lower() if good and len(ascii_domain) <= 253 else ""
