"""What is checked, and the small things all checks share."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, TypeVar

from pydantic import BaseModel

from proctor_hub.errors import ConfigurationError, PluginError, VendorError
from proctor_hub.services.keyring import Keyring
from proctor_hub.services.vendor_health import TIMEOUT_SECONDS, all_within
from proctor_hub.vendors.facade import Vendor
from proctor_hub.vendors.listening import ListeningHttp

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedAccount:
    """One usable vendor account and what its checks need of the hub.

    :param http: the account's client, listened to. :param settings: the account's, validated.
    :param keyring: the hub's keys; None: it was never started here.
    :param callers: client ids that the vendor may call the hub with; None: nobody knows.
    :param learner_seconds: how long a learner's request waits for the vendor.
    :param seconds: how long each step may take.
    """

    vendor: Vendor
    http: ListeningHttp
    settings: BaseModel
    public_url: str
    keyring: Keyring | None
    callers: tuple[str, ...] | None
    now: Callable[[], datetime]
    learner_seconds: float
    seconds: float = TIMEOUT_SECONDS

    @property
    def table(self) -> str:
        """Where its settings stand, for sentences."""
        return f"[vendors.{self.vendor.slug}]"

    def ask(self, call: Callable[[], T]) -> T | str:
        """What the call answers; a sentence where it fails, whatever the plugin does."""

        def made() -> tuple[T | str]:
            try:
                return (call(),)
            except (VendorError, PluginError, ConfigurationError) as error:
                return (str(error).rstrip("."),)

        late = f"no answer within {self.seconds:g} s"
        return all_within(self.seconds, {"it": made}).get("it", (late,))[0]


class Reach(IntEnum):
    """Who can reach a host: its own machine, its network, everybody."""

    MACHINE = 0
    NETWORK = 1
    WORLD = 2

    @property
    def words(self) -> str:
        """For sentences."""
        return ("on this machine only", "in a private network only", "from everywhere")[self]


def reach_of(host: str) -> Reach | None:
    """The farthest reach of the host's addresses; None: its name leads nowhere."""
    try:
        found: list[Any] = socket.getaddrinfo(host.strip("[]"), None)
    except (OSError, UnicodeError):
        return None
    addresses = [ipaddress.ip_address(one[4][0].partition("%")[0]) for one in found]
    return max((_reach(address) for address in addresses), default=None)


def _reach(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Reach:
    if address.is_loopback or address.is_unspecified:
        return Reach.MACHINE
    return Reach.WORLD if address.is_global else Reach.NETWORK


def on_loopback(host: str) -> bool:
    """Whether it is this machine, by its name or address alone."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
