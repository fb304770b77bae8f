"""One check, tried: its problem in words, whatever the plugin did."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

import requests

import proctor_hub
from proctor_hub.demo.client import HubRefused
from proctor_hub.demo.errors import DemoError
from proctor_hub.errors import ProctorHubError
from proctor_hub.testing.kit.bench import Bench
from proctor_hub.testing.kit.check import Broken, Check

_OTHERS = {Path(proctor_hub.__file__).parent, *map(Path, sysconfig.get_paths().values())}
"""Folders of the host, of Python and of installed distributions."""


def tried(check: Check, bench: Bench) -> str:
    """What is wrong, explained; empty: the check passes."""
    ahead = bench.clock.ahead
    try:
        check.run(bench)
    except Broken as broken:
        return check.explained(str(broken))
    except DemoError as error:
        return check.explained(f"{error}{bench.last_refusal}")
    except (ProctorHubError, HubRefused) as error:
        return check.explained(f"{type(error).__name__}: {error}")
    except requests.RequestException as error:
        return check.explained(f"no answer: {type(error).__name__}")
    except Exception as error:
        where = _theirs(error)
        if where is None:
            raise  # the kit's own defect
        return check.explained(f"{where} raised {type(error).__name__}: {error}".splitlines()[0])
    finally:
        bench.clock.ahead = ahead
    return ""


def _theirs(error: Exception) -> str | None:
    """Where in the author's own code (plugin, sandbox, test class) it arose; None: nowhere."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_absolute() and not _OTHERS & {*path.parents}:
            return f"{frame.name} ({path.name}:{frame.lineno})"
    return None
