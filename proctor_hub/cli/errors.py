"""From exceptions to one sentence on standard error and an exit status; never a traceback."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Sequence

import sqlalchemy as sa
from alembic.util.exc import CommandError

from proctor_hub.cli.root import app
from proctor_hub.cli.state import state
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
        return _status(end.code)
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
        text = f"The database does not do as asked: {error.orig}"
    elif isinstance(error, CommandError):
        text = f"The database's schema is of another version of the hub: {error}"
    elif isinstance(error, OSError) and error.strerror:
        text = f"{error.filename or 'The system'}: {error.strerror}."
    else:
        text = f"Unexpected {type(error).__name__}; run `proctor-hub --debug …` to see where."
    return " ".join(text.split())


def _status(code: str | int | None) -> int:
    if isinstance(code, int):
        return code
    return 0 if code is None else FAILED
