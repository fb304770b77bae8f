"""Write the generated pages of ``docs/reference``; called by ``conf.py`` at every build."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

DOCS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(Path(__file__).resolve().parent))

from reference import (  # noqa: E402
    cli,
    conformance,
    contract,
    diagram,
    errors,
    events,
    features,
    hooks,
    metrics,
    moves,
    paths,
    permissions,
    pictures,
    settings,
)

PAGES: Mapping[str, Callable[[], str]] = {
    "reference/hooks.md": hooks.build,
    "reference/contract.md": contract.build,
    "reference/statuses.md": moves.build,
    "reference/statuses.svg": diagram.build,
    "reference/events.md": events.build,
    "reference/features.md": features.build,
    "reference/settings.md": settings.build,
    "reference/errors.md": errors.build,
    "reference/permissions.md": permissions.build,
    "reference/metrics.md": metrics.build,
    "reference/cli.md": cli.build,
    "reference/conformance.md": conformance.build,
    "reference/http-api.md": paths.build,
    "reference/pages.md": pictures.build,
}


def stale() -> dict[Path, str]:
    """The pages that are not as the code is now, with what they should hold."""
    wanted = {DOCS / name: build() for name, build in PAGES.items()}
    return {
        path: content
        for path, content in wanted.items()
        if not path.is_file() or path.read_text(encoding="utf-8") != content
    }


def write() -> list[Path]:
    """Write the stale pages; return which they were."""
    pages = stale()
    for path, content in pages.items():
        path.write_text(content, encoding="utf-8")
    return list(pages)


if __name__ == "__main__":
    for one in write():
        print(one.relative_to(DOCS.parent))
