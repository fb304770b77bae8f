"""Settings that a plugin accepts and that look wrong all the same. Names keys, never values."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import BaseModel

from proctor_hub.services import diagnosis
from proctor_hub.services.addresses import usable
from proctor_hub.services.diagnosis import Check
from proctor_hub.services.vendor_check.account import CheckedAccount, on_loopback
from proctor_hub.services.vendor_report import deprecations_of
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.settings_texts import SettingText, texts_in

_PLACEHOLDERS = frozenset(
    {"changeme", "secret", "password", "todo", "xxx", "example", "test", "key", "yoursecret"}
)
_SHORT = 8
_NOWHERE = ("example", "invalid", "test", "example.com", "example.org", "example.net")


def check_plugin(vendor: Vendor, name: str = "plugin") -> Check:
    """The loaded plugin; a warning where it uses what will go from the contract."""
    told, found = f"{vendor.distribution} {vendor.version}", deprecations_of(vendor)
    if not found:
        return diagnosis.ok(name, told)
    detail = f"{told} uses what will go from the contract: {'; '.join(found)}"
    return diagnosis.warning(name, detail, "Update it.")


def check_settings(account: CheckedAccount) -> Iterator[Check]:
    """A warning for each key that looks wrong, ``settings`` itself where none does."""
    found = [
        diagnosis.warning(
            f"settings.{one.key}",
            f"{one.key} {' and '.join(problems)}",
            f"Correct it in {account.table}.",
        )
        for one in texts_in(account.settings)
        if (problems := list(_problems(one)))
    ]
    about = account.vendor.description
    if not (about.support_email or about.support_phone or about.support_url):
        found.append(
            diagnosis.warning(
                "settings.support",
                "learners are told nobody to ask when the proctoring software does not work",
                f"Give the vendor's support address in {account.table}, where its plugin takes it.",
            )
        )
    yield from found or [diagnosis.ok("settings", "nothing looks wrong")]


def secret_keys(settings: BaseModel) -> list[str]:
    """The keys that hold secrets and have one."""
    return [one.key for one in texts_in(settings) if one.secret]


def _problems(one: SettingText) -> Iterator[str]:
    text = one.text
    if text != text.strip():
        yield "begins or ends with a space or a line end"
    if text.startswith("<") and text.endswith(">"):
        yield "still holds a placeholder"
    if one.secret:
        if "".join(filter(str.isalnum, text)).casefold() in _PLACEHOLDERS:
            yield "still holds a placeholder"
        elif len(text) < _SHORT:
            yield f"is shorter than {_SHORT} characters, so it can be guessed"
        return
    if one.key.endswith("email") and text and usable(text) is None:
        yield "is no e-mail address"
    if "://" in text:
        yield from _address_problems(text)


def _address_problems(text: str) -> Iterator[str]:
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
    except ValueError:
        yield "is no address"
        return
    if parts.scheme == "http" and not on_loopback(host):
        yield "is http, not https: what is sent there can be read and changed on the way"
    if any(host == name or host.endswith(f".{name}") for name in _NOWHERE):
        yield "names a host of examples, which nobody has"
