"""``proctor-hub openapi``: the API's document, as checked in under ``docs/``."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import typer
from pydantic import SecretStr

from proctor_hub.app import build_hub, create_app, prepare_database
from proctor_hub.settings import HubSettings


def openapi() -> None:
    """Print the OpenAPI document of this version; it does not depend on the configuration."""
    with tempfile.TemporaryDirectory() as folder:
        url = SecretStr(f"sqlite:///{Path(folder, 'openapi.db')}")
        # Not read from file or environment: what is checked in must be the same everywhere.
        settings = HubSettings.model_construct(database_url=url)
        prepare_database(settings)
        hub = build_hub(settings, entry_points=())
        try:
            document = create_app(settings, hub=hub).openapi()
        finally:
            hub.database.close()
    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
