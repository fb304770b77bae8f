"""One check, tried: its problem in words, whatever the plugin did."""

from __future__ import annotations

import requests

from proctor_hub.demo.client import HubRefused
from proctor_hub.demo.errors import DemoError
from proctor_hub.errors import ProctorHubError
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, Check


def tried(check: Check, bench: Bench) -> str:
    """What is wrong, explained; empty: the check passes."""
    ahead = bench.clock.ahead
    try:
        check.run(bench)
    except Broken as broken:
        return check.explained(str(broken))
    except (ProctorHubError, HubRefused, DemoError) as error:
        return check.explained(f"{type(error).__name__}: {error}")
    except requests.RequestException as error:
        return check.explained(f"no answer: {type(error).__name__}")
    finally:
        bench.clock.ahead = ahead
    return ""
