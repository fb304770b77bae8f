"""Transports as plugins bring them, sound ones and flawed ones."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ClassVar

from pydantic import SecretStr

from proctor_hub import (
    DeliveryError,
    DeliveryRefused,
    LmsEvent,
    TransportHost,
    TransportSettings,
    VendorUnavailable,
    hookimpl,
)


class BusSettings(TransportSettings):
    topic: str
    password: SecretStr = SecretStr("")


class Bus:
    """Keeps what it is given, by topic; ``failing`` decides what happens instead."""

    Settings = BusSettings
    taken: ClassVar[dict[str, list[LmsEvent]]] = {}
    failing: ClassVar[Callable[[LmsEvent], Exception | None]] = staticmethod(lambda event: None)

    def __init__(self, settings: BusSettings, host: TransportHost) -> None:
        self.settings = settings
        self.host = host

    @hookimpl
    def deliver_event(self, event: LmsEvent) -> None:
        problem = type(self).failing(event)
        if problem is not None:
            raise problem
        self.taken.setdefault(self.settings.topic, []).append(event)


class Unmarked(Bus):
    def deliver_event(self, event: LmsEvent) -> None:
        return None


class Misspelt(Bus):
    @hookimpl
    def deliver_events(self, event: LmsEvent) -> None:
        return None


class WrongArgument(Bus):
    @hookimpl
    def deliver_event(self, message: LmsEvent) -> None:  # type: ignore[override]
        return None


class Async(Bus):
    @hookimpl
    async def deliver_event(self, event: LmsEvent) -> None:  # type: ignore[override]
        return None


class TryFirst(Bus):
    @hookimpl(tryfirst=True)
    def deliver_event(self, event: LmsEvent) -> None:
        return None


class NoHook:
    Settings = BusSettings

    def __init__(self, settings: BusSettings, host: TransportHost) -> None:
        self.settings = settings


class NoSettings:
    pass


class Raises(Bus):
    def __init__(self, settings: BusSettings, host: TransportHost) -> None:
        raise RuntimeError(f"cannot use {settings.password.get_secret_value()}")


class Exits(Bus):
    def __init__(self, settings: BusSettings, host: TransportHost) -> None:
        sys.exit(3)


class IsClass(Bus):
    def __new__(cls, *_: Any) -> Any:
        return Bus


class Failing(Bus):
    """Fails in the way its topic names."""

    @hookimpl
    def deliver_event(self, event: LmsEvent) -> Any:
        password = self.settings.password.get_secret_value()
        match self.settings.topic:
            case "later":
                raise DeliveryError(f"busy, says {password}", retry_after=9, unavailable=True)
            case "not now":
                raise DeliveryError("no")
            case "never":
                raise DeliveryRefused("no such topic")
            case "http":
                raise VendorUnavailable("No answer in time to POST https://bus.example/.")
            case "defect":
                raise KeyError(event.payload["user_id"])
            case "exit":
                sys.exit(1)
            case _:
                return False
