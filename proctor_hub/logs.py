"""Logs: one JSON object a line on stderr, with the request's id; no personal data, no secrets."""

from __future__ import annotations

import logging
import sys

import structlog
from pydantic_core import to_json

from proctor_hub import deprecation
from proctor_hub.deprecation import DeprecatedUse


def _line(fields: object, **_options: object) -> str:
    return to_json(fields, fallback=str).decode()


def configure(level: int = logging.INFO) -> None:
    """Send all logs of the process, the libraries' included, to stderr as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(serializer=_line),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Its lines hold query strings, and those may hold tokens; the guard writes one of its own.
    logging.getLogger("uvicorn.access").disabled = True
    # Every single call to a vendor, with its URL.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # What it says at each start; and its errors quote what is stored.
    logging.getLogger("dbos").setLevel(logging.WARNING)
    # Plugins are loaded before the log is; what they were told then is written now.
    deprecation.listen(_log_deprecated)


def _log_deprecated(use: DeprecatedUse) -> None:
    structlog.get_logger("proctor_hub.deprecation").warning(
        "plugin_uses_deprecated", what=use.sentence, file=use.file, line=use.line
    )
