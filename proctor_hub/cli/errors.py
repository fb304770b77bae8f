"""From exceptions to one sentence on standard error and an exit status; never a traceback."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import sqlalchemy as sa

from proctor_hub.cli.root import app, state
from proctor_hub.errors import ConfigurationError, ProctorHubError
from proctor_hub.services.errors import Invalid

FAILED = 1
WRONG_USE = 2


def guarded(args: Sequence[str] | None) -> int:
    """Run the application; every error becomes a sentence and a status."""
    state.debug = False
    try:
        app(args=None if args is None else list(args), prog_name="proctor-hub")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0 if end.code is None else FAILED
    except Exception as error:
        if state.debug:
            traceback.print_exc()
        print(f"proctor-hub: {sentence(error)}", file=sys.stderr)
        return WRONG_USE if isinstance(error, ConfigurationError) else FAILED
    return 0


def sentence(error: Exception) -> str:
    """What to tell of an error, on one line, without secrets."""
    if isinstance(error, Invalid) and error.fields:
        fields = "; ".join(f"{field}: {what}" for field, what in error.fields.items())
        text = f"{error} ({fields})"
    elif isinstance(error, ProctorHubError):
        text = str(error)
    elif isinstance(error, sa.exc.OperationalError):
        text = f"the database does not do as asked: {error.orig}"
    else:
        text = f"unexpected {type(error).__name__}; run again with --debug to see where."
    return " ".join(text.split())
