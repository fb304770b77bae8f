"""The sound vendor with one flaw each: what goes wrong in it does not stay with it."""

from __future__ import annotations

import functools
import secrets
from typing import Any

from proctor_hub import Health, VendorRejected, VendorUnavailable, hookimpl
from proctor_hub.contract_versions import PROJECT
from proctor_hub.testing.fake_vendor import FakeVendor
from tests.testing.flaws import fails
from tests.testing.sound import Sound


class Wrapping(Sound):
    """Puts something of its own around each hook of its subclasses."""

    def __init_subclass__(cls) -> None:
        for name, hook in list(vars(cls).items()):
            if hasattr(hook, f"{PROJECT}_impl"):
                setattr(cls, name, cls.wrapped(hook))

    @staticmethod
    def wrapped(hook: Any) -> Any:
        raise NotImplementedError


@fails("hostile-raising", "raises, and nobody was told")
class Swallows(Wrapping):
    @staticmethod
    def wrapped(hook: Any) -> Any:
        @functools.wraps(hook)
        def quiet(self: Any, *arguments: Any) -> Any:
            try:
                return hook(self, *arguments)
            except RuntimeError:
                return None

        return quiet


@fails("hostile-wrong-types", "answers another type, and nobody was told")
class Launders(Wrapping):
    @staticmethod
    def wrapped(hook: Any) -> Any:
        @functools.wraps(hook)
        def cleaned(self: Any, *arguments: Any) -> Any:
            answer = hook(self, *arguments)
            return None if type(answer) is object else answer

        return cleaned


@fails("hostile-raising", "another vendor goes wrong")
class Meddles(Sound):
    """Reaches for another plugin where it is built; the test puts that one right again."""

    def __init__(self, settings: Any, host: Any) -> None:
        super().__init__(settings, host)
        FakeVendor.health_check = self.put_there()  # type: ignore[method-assign]

    @staticmethod
    def put_there() -> Any:
        @hookimpl
        def health_check(self: Any) -> Any:
            raise RuntimeError("of no use any more")

        return health_check


@fails("hostile-wrong-types", "another vendor is not well")
class MeddlesQuietly(Meddles):
    @staticmethod
    def put_there() -> Any:
        @hookimpl
        def health_check(self: Any) -> Any:
            return Health(ok=False)

        return health_check


@fails("hostile-stalled", "a learner whose vendor answers nothing is told: the vendor did not")
class TakesSilenceForRefusal(Sound):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super().call(method, path, body)
        except VendorUnavailable:
            raise VendorRejected("refused", status=400) from None


@fails("hostile-stalled", "an attempt began although the vendor answered nothing")
class NeedsNoAnswer(Sound):
    def call(self, method: str, path: str, body: Any = None) -> Any:
        try:
            return super().call(method, path, body)
        except VendorUnavailable:
            return {"id": secrets.token_hex(8)}
