"""The parts of one running sandbox, and how an endpoint gets at them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request

from .callbacks import HubCaller
from .faults import Faults
from .journal import Journal
from .launch import Sessions
from .settings import SandboxSettings
from .store import Store
from .tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything one sandbox is made of; all state is guarded by `store.lock`."""

    settings: SandboxSettings
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    store: Store
    journal: Journal
    faults: Faults
    tokens: Tokens
    sessions: Sessions
    hub: HubCaller


def build_world(
    settings: SandboxSettings,
    clock: Callable[[], datetime],
    sleep: Callable[[float], None],
) -> World:
    """Put the parts together around one lock."""
    store = Store()
    journal = Journal(store.lock)
    return World(
        settings=settings,
        clock=clock,
        sleep=sleep,
        store=store,
        journal=journal,
        faults=Faults(store.lock),
        tokens=Tokens(settings, store.lock),
        sessions=Sessions(settings, store.lock),
        hub=HubCaller(settings, clock, journal, store.lock),
    )


def world_of(request: Request) -> World:
    """The sandbox a request came to."""
    world: World = request.app.state.world
    return world


WorldDep = Annotated[World, Depends(world_of)]
