"""Loads the LMS endpoints, each for itself: a broken transport harms only its own (design §2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from types import MappingProxyType

import pluggy

from proctor_hub.contract_versions import PROJECT
from proctor_hub.errors import ConfigurationError, PluginError, PluginRefused
from proctor_hub.transports.contract import (
    HOOKS,
    TRANSPORTS_GROUP,
    TransportSettings,
    TransportSpec,
)
from proctor_hub.transports.endpoint import BrokenEndpoint, Endpoint, EndpointConfig, EndpointHost
from proctor_hub.vendors.account import AccountHttp
from proctor_hub.vendors.calling import named
from proctor_hub.vendors.http import BoundedHttpClient, HttpLimits
from proctor_hub.vendors.inspection import implemented_hooks
from proctor_hub.vendors.installed import Installed, PluginSource, by_name
from proctor_hub.vendors.making import built, import_plugin, registered, validated

LIMITS = HttpLimits(connect=3.0, read=10.0, total=15.0, max_bytes=64 * 1024)
"""An endpoint acknowledges; what it says besides is not read."""

HttpFactory = Callable[[EndpointConfig], AccountHttp]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """What :func:`load_endpoints` found, by outbox destination; frozen."""

    usable: Mapping[str, Endpoint]
    broken: Mapping[str, BrokenEndpoint]


def load_endpoints(
    configs: Iterable[EndpointConfig],
    *,
    clock: Callable[[], datetime],
    builtin: Iterable[PluginSource] = (),
    entry_points: Iterable[metadata.EntryPoint] | None = None,
    http_factory: HttpFactory | None = None,
) -> Endpoints:
    """Load every endpoint; never raises for what a transport does.

    :param builtin: transports that need no installation.
    :param entry_points: instead of those installed; for tests.
    :param http_factory: instead of a :class:`BoundedHttpClient` per endpoint.
    """
    points = metadata.entry_points(group=TRANSPORTS_GROUP) if entry_points is None else entry_points
    sources = by_name([*builtin, *map(PluginSource.of, points)])
    installed = Installed(sources, kind="transport", key="transport")
    factory = http_factory or (lambda _: BoundedHttpClient(limits=LIMITS))
    usable: dict[str, Endpoint] = {}
    broken: dict[str, BrokenEndpoint] = {}
    for config in configs:
        loaded = _loaded(config, installed, EndpointHost(config.name, factory(config), clock))
        if isinstance(loaded, Endpoint):
            usable[config.destination] = loaded
        else:
            broken[config.destination] = loaded
    return Endpoints(usable=MappingProxyType(usable), broken=MappingProxyType(broken))


def _loaded(
    config: EndpointConfig, installed: Installed, host: EndpointHost
) -> Endpoint | BrokenEndpoint:
    source = None
    try:
        source = installed.find(config.transport)
        return _load(config, source, host)
    except (PluginError, ConfigurationError) as error:
        reason = str(error)
    except (Exception, SystemExit) as error:
        reason = f"its loading raised {named(error)}"
    return BrokenEndpoint(
        config=config,
        distribution=source.distribution if source else "",
        version=source.version if source else "",
        reason=reason,
    )


def _load(config: EndpointConfig, source: PluginSource, host: EndpointHost) -> Endpoint:
    transport_class = import_plugin(source, TransportSettings)
    table = config.settings_table
    settings = validated(transport_class, table, config.section)
    transport = built(transport_class, settings, host, table, config.section)
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(TransportSpec)
    implemented = implemented_hooks(manager, transport, TransportSpec, HOOKS)
    registered(manager, transport, source.name)
    if missing := sorted(HOOKS - implemented):
        raise PluginRefused(f"it does not implement the mandatory {', '.join(missing)}")
    return Endpoint(config, source, manager, transport)
