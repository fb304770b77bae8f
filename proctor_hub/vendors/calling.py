"""One hook call of one vendor account: dispatched, checked, its failures named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pluggy

from proctor_hub.domain.words import ONBOARDING_REFUSALS
from proctor_hub.errors import (
    ConfigurationError,
    HookNotAnswered,
    HookRaised,
    VendorError,
    WrongHookResult,
)
from proctor_hub.vendors.launching import OnboardingRefused, Registered
from proctor_hub.vendors.results import ANSWERS, describe


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorIdentity:
    """Who serves an account: the plugin's entry-point name, its distribution and version."""

    slug: str
    plugin: str
    distribution: str
    version: str

    def __str__(self) -> str:
        return f"{self.slug} (plugin {self.plugin} of {self.distribution} {self.version})"


class HookCalls:
    """Calls hooks of one plugin manager by name; the facade gives it types."""

    def __init__(self, identity: VendorIdentity, manager: pluggy.PluginManager) -> None:
        """``manager``: with the vendor specifications, the default flow and the one vendor."""
        self._identity = identity
        self._hooks = {name: (getattr(manager.hook, name), ANSWERS[name]) for name in ANSWERS}

    def __call__(self, hook: str, **arguments: Any) -> Any:
        """The checked answer of ``hook``; errors as in :mod:`proctor_hub.vendors.facade`."""
        caller, answers = self._hooks[hook]
        try:
            answer = caller(**arguments)
        except (VendorError, ConfigurationError):
            raise
        # A plugin that calls sys.exit() must not end a thread of the host.
        except (Exception, SystemExit) as error:
            raise HookRaised(
                f"{hook} of vendor {self._identity} raised {named(error)}; that is a defect of "
                "the plugin."
            ) from error
        if answer is None:
            raise HookNotAnswered(
                f"{hook} of vendor {self._identity} answered nothing, and there is no default."
            )
        if not answers.accepts(answer):
            raise WrongHookResult(
                f"{hook} of vendor {self._identity} answered {describe(answer)}, not {answers}."
            )
        if hook == "register_attempt":
            self._check_registration(answer)
        return answer

    def _check_registration(self, answer: Registered | OnboardingRefused) -> None:
        if isinstance(answer, Registered):
            external_id: object = answer.external_id
            if isinstance(external_id, str) and external_id.strip():
                return
            problem = "a registration without an external id"
        else:
            if answer.status in ONBOARDING_REFUSALS:
                return
            problem = f"a refusal with the status {answer.status}, which is no onboarding refusal"
        raise WrongHookResult(f"register_attempt of vendor {self._identity} answered {problem}.")


def named(error: BaseException) -> str:
    """The type of ``error`` and where it arose; not its text, which may hold personal data."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    kind = type(error).__name__
    if frame is None:
        return kind
    module = frame.tb_frame.f_globals.get("__name__", "?")
    return f"{kind} at {module}:{frame.tb_lineno}"
